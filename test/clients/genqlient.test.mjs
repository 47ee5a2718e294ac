// genqlient (Go), set up as in docs/clients.md. The tests of the generated client are in the module
// in go/.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startService } from '../service.mjs';
import { Project } from './page.mjs';
import { user } from './verifier.mjs';

const module = join(import.meta.dirname, 'go');

test('genqlient', { timeout: 600_000 }, async (t) => {
  const service = await startService();
  t.after(() => service.stop());
  await service.register(user);
  await promisify(execFile)('go', ['test', '-count=1', './...'], { cwd: module, env: { ...process.env, GATEHOUSE_URL: service.url } })
    .catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
});

test('docs/clients.md makes the files of the module', { timeout: 600_000 }, async (t) => {
  const [cache, proxy] = (await promisify(execFile)('go', ['env', 'GOMODCACHE', 'GOPROXY'])).stdout.trim().split('\n');
  // The modules that the test above has downloaded, in the versions of its go.sum, and what a new module needs besides.
  Object.assign(process.env, { GOPROXY: `file://${cache}/cache/download,${proxy}`, GOSUMDB: 'off' });
  const service = await startService();
  t.after(() => service.stop());
  const project = await Project.follow(t, service, 'genqlient (Go)');
  for (const name of ['genqlient.yaml', 'operations.graphql', 'session.go', 'generated.go']) {
    const text = await readFile(join(module, name), 'utf8');
    assert.equal(await project.read(name), text.replace('../../../schema.graphqls', 'schema.graphqls'), name);
  }
});
