// The signing key is rotated while other services verify tokens and clients use the service,
// without a failed request.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader } from 'jose';
import { freePort, startService } from '../service.mjs';
import { Load } from './load.mjs';
import { startPostgres } from './postgres.mjs';
import { AUDIENCE, jwks, keyIds, keySet, user, verify } from './verifier.mjs';

const ANNOUNCE = 4; // seconds
const TTL = 6;
const TIMEOUT = 60_000; // milliseconds
const settings = { AUDIENCE, JWT_KEY_ANNOUNCE: `${ANNOUNCE}s`, ACCESS_TOKEN_TTL: `${TTL}s` };

const keyId = (token) => decodeProtectedHeader(token).kid;

// until repeats a step until it returns something, and returns that.
async function until(what, step) {
  const deadline = Date.now() + TIMEOUT;
  for (;;) {
    const found = await step();
    if (found) return found;
    assert.ok(Date.now() < deadline, `timeout: ${what}`);
    await pause(50);
  }
}

describe('other services verify tokens before, during and after a rotation', { concurrency: true }, () => {
  for (const algorithm of ['EdDSA', 'ES256', 'RS256']) {
    test(algorithm, async (t) => {
      const service = await startService({ JWT_ALG: algorithm, ...settings });
      t.after(() => service.stop());
      const registered = await service.register(user);
      let { refreshToken } = registered;
      const next = async () => {
        const { data } = await service.ask('mutation($t: String) { refresh(refreshToken: $t) { accessToken refreshToken } }', { variables: { t: refreshToken } });
        refreshToken = data.refresh.refreshToken;
        return data.refresh.accessToken;
      };
      // A token is verified as of the time it was issued, so that a slow machine doesn't matter.
      const good = (token, keys) => verify(token, keys, { issuer: service.issuer, algorithm, currentDate: new Date(decodeJwt(token).iat * 1000) });
      const uncached = createRemoteJWKSet(jwks(service), { cacheMaxAge: 0, cooldownDuration: 0 });
      const cached = createRemoteJWKSet(jwks(service), { cacheMaxAge: Infinity, cooldownDuration: 1000 });

      const old = registered.accessToken;
      const oldKey = keyId(old);
      for (const keys of [uncached, cached]) await good(old, keys);
      assert.deepEqual(await keyIds(service), [oldKey]);

      const begun = Date.now();
      await service.command('key', 'rotate');
      const both = await until('the new key is announced', async () => {
        const set = await keySet(service);
        return set.keys.length === 2 && set;
      });
      const during = createLocalJWKSet(both); // fetched now, and never again
      const [announced] = both.keys.map(({ kid }) => kid).filter((kid) => kid !== oldKey);

      let last = old; // the last token signed by the old key
      const first = await until('the new key signs', async () => {
        const token = await next();
        for (const keys of [uncached, cached, during]) await good(token, keys);
        if (keyId(token) === announced) return token;
        assert.equal(keyId(token), oldKey);
        last = token;
        return undefined;
      });
      assert.ok(last !== old, 'the old key still signed while the new one was announced');
      assert.ok((decodeJwt(first).iat + 1) * 1000 > begun + ANNOUNCE * 1000, 'the new key was announced as long as JWT_KEY_ANNOUNCE says');

      const list = await service.command('key', 'list', '--json');
      assert.ok(JSON.parse(list) && list.includes(oldKey) && list.includes(announced), list);

      await until('the old key is gone', async () => !(await keyIds(service)).includes(oldKey));
      assert.ok(Date.now() >= decodeJwt(last).exp * 1000, 'the old key stayed until its last token had expired');
      assert.deepEqual(await keyIds(service), [announced]);
      await assert.rejects(good(last, uncached), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
      for (const keys of [uncached, cached, during]) await good(await next(), keys);
      for (const keys of [cached, during]) await good(last, keys);
    });
  }
});

test('clients of two replicas have no failed request during a rotation', async (t) => {
  const postgres = await startPostgres();
  const replicas = [];
  t.after(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await postgres.stop();
  });
  const url = `http://localhost:${await freePort()}`; // of the proxy in front of both, which this test doesn't use
  const shared = { ...settings, SHUTDOWN_DELAY: '0s', DATABASE_URL: postgres.dsn, PUBLIC_URL: url, SECRET_KEY: randomBytes(32).toString('base64') };
  for (let i = 0; i < 2; i++) replicas.push(await startService(shared));
  await replicas[0].register(user);

  const load = new Load(replicas, user);
  const stopping = new AbortController();
  const running = load.run(stopping.signal);
  try {
    await pause(2000);
    await replicas[1].command('key', 'rotate');
    await until('the new key signs', () => load.keyIds.length === 2);
    await pause(TTL * 1000); // until the old key's last token has expired
  } finally {
    stopping.abort();
    await running;
  }
  t.diagnostic(JSON.stringify(load.done));
  assert.deepEqual(load.refused, []);
  assert.ok(Object.values(load.done).every((count) => count > 5), 'each kind of request was sent');
  assert.equal(load.keyIds.length, 2);
});
