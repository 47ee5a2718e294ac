// Programs of other projects, run with the configuration of a recipe.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// folder returns a temporary folder with these files, until the test ends.
export async function folder(t, files = {}) {
  const path = await mkdtemp(join(tmpdir(), 'gatehouse-product-'));
  await chmod(path, 0o755);
  t.after(() => rm(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return path;
}

// run runs a program until the test ends, and waits until something answers at the address.
export async function run(t, program, args, url) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const running = { log: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (running.log += chunk));
  const closed = once(child, 'close');
  t.after(async () => {
    child.kill();
    await closed;
  });
  for (let i = 0; i < 400; i++) {
    if (child.exitCode !== null) break;
    if (await fetch(url, { redirect: 'manual' }).then(() => true, () => false)) return running;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${program} does not answer at ${url}:\n${running.log}`);
}

// filled returns a recipe's file with the values of a test in the place of those of the page.
export const filled = (text, values) => Object.entries(values).reduce((all, [from, to]) => all.replaceAll(from, to), text);
