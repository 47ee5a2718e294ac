// HAProxy verifies access tokens, set up as in docs/verifiers.md.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { freePort, startService, temporaryFolder } from '../service.mjs';
import { blocks, readPage } from './page.mjs';
import { expired, keySet, user } from './verifier.mjs';

// haproxy runs the configuration of the page for an issuer with this public key, and returns a
// function that returns the status of a request with a token.
async function haproxy(t, issuer, pem, change = (text) => text) {
  const [folder, port] = [await temporaryFolder(), await freePort()];
  const [{ text }] = blocks(await readPage('docs/verifiers.md'), 'haproxy');
  const configuration = change(text.replaceAll('https://id.example.com', issuer)).replace('127.0.0.1:8443', `127.0.0.1:${port}`);
  await writeFile(join(folder, 'haproxy.cfg'), configuration);
  await writeFile(join(folder, 'gatehouse.pem'), pem);
  const program = spawn('haproxy', ['-db', '-f', 'haproxy.cfg'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  program.stderr.on('data', (chunk) => (complaint += chunk));
  t.after(async () => {
    if (program.exitCode === null) {
      program.kill();
      await once(program, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });
  const ask = async (token) => (await fetch(`http://127.0.0.1:${port}/`, { headers: token ? { authorization: `Bearer ${token}` } : {} })).status;
  for (let i = 0; i < 100; i++) {
    if (await ask().catch(() => false)) return ask;
    await pause(100);
  }
  throw new Error(`HAProxy does not answer: ${complaint}`);
}

async function pemOf(service) {
  const { keys } = await keySet(service);
  return createPublicKey({ key: keys.at(-1), format: 'jwk' }).export({ type: 'spki', format: 'pem' });
}

test('HAProxy', { timeout: 120_000 }, async (t) => {
  const service = await startService({ ACCESS_TOKEN_TTL: '20s' });
  t.after(() => service.stop());
  const { accessToken: token } = await service.register(user);
  const pem = await pemOf(service);
  const ask = await haproxy(t, service.issuer, pem);
  const [header, claims, signature] = token.split('.');
  assert.deepEqual([await ask(token), await ask()], [200, 401]);
  assert.equal(await ask(`${header}.${claims}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`), 401, 'the signature changed');
  const other = await haproxy(t, 'https://other.example.com', pem);
  assert.equal(await other(token), 401, 'another issuer');
  const audience = await haproxy(t, service.issuer, pem, (text) => text.replace(/(var\(txn\.aud\) -m str) \S+/, '$1 https://api.example.com'));
  assert.equal(await audience(token), 401, 'another audience');
  await expired(decodeJwt(token));
  assert.equal(await ask(token), 401, 'expired');
});
