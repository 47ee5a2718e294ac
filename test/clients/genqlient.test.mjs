// genqlient (Go), set up as in docs/clients.md. The tests of the generated client are in the module
// in go/.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startService } from '../service.mjs';
import { blocks, readPage } from './page.mjs';
import { user } from './verifier.mjs';

const module = join(import.meta.dirname, 'go');

test('genqlient', { timeout: 600_000 }, async (t) => {
  const service = await startService();
  t.after(() => service.stop());
  await service.register(user);
  await promisify(execFile)('go', ['test', '-count=1', './...'], { cwd: module, env: { ...process.env, GATEHOUSE_URL: service.url } })
    .catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
});

test('docs/clients.md shows the files of the module', async () => {
  const page = await readPage('docs/clients.md');
  for (const [language, name] of [['yaml', 'genqlient.yaml'], ['graphql', 'operations.graphql'], ['go', 'session.go']]) {
    const shown = blocks(page, language).find((block) => block.name === name);
    const text = await readFile(join(module, name), 'utf8');
    assert.equal(shown?.text, text.replace('../../../schema.graphqls', 'schema.graphqls'), name);
  }
});
