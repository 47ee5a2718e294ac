// Takes the pictures of the documentation: the explorer with Ada signed in and a refusal, and the
// access matrix.
//
//   GATEHOUSE=../../gatehouse node screenshots.mjs
//
// GATEHOUSE is the built program. A service must be running at GATEHOUSE_URL, by default
// http://localhost:8080, with Ada registered as the README does.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { launch, openPage } from './page.mjs';

const { GATEHOUSE, GATEHOUSE_URL = 'http://localhost:8080' } = process.env;
const picture = (name) => join(import.meta.dirname, '../../docs', `${name}.png`);

const matrix = execFileSync(GATEHOUSE, ['policy', 'matrix', '--format', 'html'], { encoding: 'utf8' });
const browser = await launch();
for (const colorScheme of ['light', 'dark']) {
  const page = await openPage(browser, GATEHOUSE_URL, { colorScheme, viewport: { width: 1280, height: 720 } });
  await page.run('LogIn');
  await page.run('Users');
  await page.tab.locator('.access').getByText('you lack scope read:users').waitFor();
  await page.tab.getByRole('table', { name: 'Fields you may reach' }).getByText('Refused').first().waitFor();
  await page.tab.mouse.move(640, 20); // off the tabs, which change colour below it
  await page.tab.screenshot({ path: picture(`explorer-${colorScheme}`) });
  await page.close();

  const tab = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 760 } });
  await tab.setContent(matrix);
  await tab.screenshot({ path: picture(`matrix-${colorScheme}`) });
  await tab.close();
}
await browser.close();
