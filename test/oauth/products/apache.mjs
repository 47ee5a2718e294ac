// The recipe "Apache" of docs/oauth.md, with Debian's apache2-bin and libapache2-mod-auth-openidc.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../../service.mjs';
import { recipe } from '../page.mjs';
import { ada, startTarget } from '../target.mjs';
import { filled, folder, run } from './program.mjs';

const MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'headers', 'auth_openidc'];

test('mod_auth_openidc', { timeout: 120_000 }, async (t) => {
  const port = await freePort();
  const site = `http://127.0.0.1:${port}`;
  const target = await startTarget(t, { page: { redirectUris: [`${site}/oidc/callback`] } });
  const { id, secret } = target.clients.page;
  const [block] = await recipe('Apache');
  const own = filled(block.text, {
    'https://id.example.com': target.issuer, 'https://page.example.com': site, CLIENT_ID: id, CLIENT_SECRET: secret, COOKIE_SECRET: randomBytes(16).toString('hex'),
  });
  const here = await folder(t, { 'index.html': 'the page' });
  const conf = [
    ...MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
    `Listen 127.0.0.1:${port}`, `ServerName 127.0.0.1`, `ServerRoot ${here}`, `PidFile ${here}/pid`, `DocumentRoot ${here}`, `DirectoryIndex index.html`,
    'User nobody', 'Group nogroup', `ErrorLog ${here}/error.log`, 'Header always set X-User "expr=%{REMOTE_USER}"', own,
  ].join('\n');
  const configured = await folder(t, { 'apache.conf': conf });
  const running = await run(t, '/usr/sbin/apache2', ['-X', '-f', join(configured, 'apache.conf')], site);
  const end = await target.person.visit(`${site}/index.html`);
  assert.equal(end.text, 'the page', `${end.status} ${end.url}\n${running.log}`);
  assert.equal(end.headers.get('x-user'), ada.email);
});
