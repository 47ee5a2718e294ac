// genqlient, which is not ours, in Go: the client that is made of our schema, as docs/clients.md sets it up. Its tests are those of the module in go/.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startService } from '../service.mjs';
import { blocks, readPage } from './page.mjs';

const module = join(import.meta.dirname, 'go');
const account = { email: 'ada@example.com', password: 'seven quiet herons' }; // the tests know it

test('genqlient', { timeout: 600_000 }, async (t) => {
  const service = await startService();
  t.after(() => service.stop());
  await service.register(account);
  await promisify(execFile)('go', ['test', '-count=1', './...'], { cwd: module, env: { ...process.env, GATEHOUSE_URL: service.url } })
    .catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
});

test('docs/clients.md shows what is there', async () => {
  const page = await readPage('docs/clients.md');
  for (const [language, name] of [['yaml', 'genqlient.yaml'], ['graphql', 'operations.graphql'], ['go', 'session.go']]) {
    const shown = blocks(page, language).find((block) => block.name === name);
    const text = await readFile(join(module, name), 'utf8');
    assert.equal(shown?.text, text.replace('../../../schema.graphqls', 'schema.graphqls'), name);
  }
});
