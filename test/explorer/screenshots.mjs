// Takes the pictures of the README: the explorer with Ada signed in, and a refusal.
//
//   GATEHOUSE_URL=http://localhost:8080 node screenshots.mjs
//
// The service must be running, with Ada registered as the README does.
import { join } from 'node:path';
import { launch, openPage } from './page.mjs';

const { GATEHOUSE_URL = 'http://localhost:8080' } = process.env;
const docs = join(import.meta.dirname, '../../docs');

const browser = await launch();
for (const colorScheme of ['light', 'dark']) {
  const page = await openPage(browser, GATEHOUSE_URL, { colorScheme, viewport: { width: 1280, height: 720 } });
  await page.run('LogIn');
  await page.run('Users');
  await page.tab.mouse.move(640, 20);
  await page.tab.screenshot({ path: join(docs, `explorer-${colorScheme}.png`) });
  await page.close();
}
await browser.close();
