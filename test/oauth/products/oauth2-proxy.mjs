// The recipe "oauth2-proxy" of docs/oauth.md. OAUTH2_PROXY is the program.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../../service.mjs';
import { startApp } from '../apps.mjs';
import { recipe } from '../page.mjs';
import { ada, startTarget } from '../target.mjs';
import { filled, folder, run } from './program.mjs';

const { OAUTH2_PROXY } = process.env;

test('oauth2-proxy', { timeout: 120_000 }, async (t) => {
  const page = await startApp(t);
  page.handle = (request, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(request.headers));
  const ports = { lenient: await freePort(), strict: await freePort() };
  const at = (name) => `http://127.0.0.1:${ports[name]}`;
  const target = await startTarget(t, Object.fromEntries(Object.keys(ports).map((name) => [name, { redirectUris: [`${at(name)}/oauth2/callback`] }])));
  const [block] = await recipe('oauth2-proxy');

  // start runs it with the page's configuration, changed, over http.
  async function start(name, change = (text) => text) {
    const { id, secret } = target.clients[name];
    const text = filled(block.text, {
      'https://id.example.com': target.issuer, 'https://page.example.com': at(name), CLIENT_ID: id, CLIENT_SECRET: secret,
      COOKIE_SECRET: randomBytes(16).toString('hex'), '127.0.0.1:4180': `127.0.0.1:${ports[name]}`, 'http://127.0.0.1:3000/': `${page.origin}/`,
    });
    const here = await folder(t, { [block.name]: `${change(text)}\ncookie_secure = false\n` });
    return run(t, OAUTH2_PROXY, ['--config', join(here, block.name)], `${at(name)}/ping`);
  }

  await t.test('as on the page', async () => {
    await start('lenient');
    assert.equal((await fetch(`${at('lenient')}/x`)).status, 403, 'without a log-in');
    const end = await target.person.visit(`${at('lenient')}/oauth2/start?rd=%2Fx`);
    const headers = JSON.parse(end.text);
    assert.equal(headers['x-forwarded-email'], ada.email);
  });

  await t.test('it refuses addresses that are not verified, unless it is told', async () => {
    const running = await start('strict', (text) => text.replace(/^insecure_oidc_allow_unverified_email.*$/m, ''));
    target.person.forget(); // a cookie of the other one, which has the same host
    const end = await target.person.visit(`${at('strict')}/oauth2/start?rd=%2Fx`);
    assert.equal(end.status, 403, running.log);
    assert.match(running.log, /isn't verified/);
  });
});
