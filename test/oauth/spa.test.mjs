// oidc-client-ts in Chromium: a single-page application on another site than the provider's.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { startApp } from './apps.mjs';
import { ada, startTarget } from './target.mjs';

const { CHROMIUM = '/usr/bin/chromium', SHOTS } = process.env;
const LIBRARY = join(import.meta.dirname, 'node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js');

// html is every page of the application. At its callback it completes what had begun.
const html = (settings) => `<!doctype html><title>Application</title><link rel="icon" href="data:,"><script src="/oidc.js"></script><script>
  const manager = new oidc.UserManager({ ...${JSON.stringify(settings)}, userStore: new oidc.WebStorageStateStore({ store: localStorage }), loadUserInfo: true });
  const callbacks = { '/cb': () => manager.signinCallback(), '/popup': () => manager.signinPopupCallback(), '/frame': () => manager.signinSilentCallback(), '/bye': () => manager.signoutCallback() };
  const done = (callbacks[location.pathname] ?? (() => {}))();
  Promise.resolve(done).then(() => (document.title = 'Done'), (error) => (document.title = 'Failed: ' + error.message));
</script>`;

test('oidc-client-ts', { timeout: 120_000 }, async (t) => {
  const app = await startApp(t);
  const at = (path) => `${app.origin}${path}`;
  const target = await startTarget(t, { spa: { kind: 'PUBLIC', redirectUris: ['/cb', '/popup', '/frame'].map(at), postLogoutRedirectUris: [at('/bye')] } });
  const library = await readFile(LIBRARY);
  const settings = {
    authority: target.issuer, client_id: target.clients.spa.id, redirect_uri: at('/cb'), popup_redirect_uri: at('/popup'), silent_redirect_uri: at('/frame'),
    post_logout_redirect_uri: at('/bye'), scope: 'openid email offline_access', silentRequestTimeoutInSeconds: 20,
  };
  app.handle = (request, response) => {
    if (request.url === '/oidc.js') response.setHeader('content-type', 'text/javascript').end(library);
    else response.setHeader('content-type', 'text/html').end(html(settings));
  };
  if (SHOTS) await mkdir(SHOTS, { recursive: true });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  t.after(() => browser.close());
  const context = await browser.newContext();
  const page = await context.newPage();
  const call = (script) => page.evaluate(`(async () => { ${script} })()`);
  const user = () => call('const u = await manager.getUser(); return u && { email: u.profile.email, token: u.access_token, refresh: u.refresh_token };');

  // allow fills in what the provider's pages ask, in this tab or a popup, until it leaves them.
  async function allow(tab, picture) {
    const left = () => tab.isClosed() || tab.url().startsWith(app.origin);
    for (let i = 0; i < 4 && !left(); i++) {
      try {
        await tab.waitForLoadState('load');
        if (SHOTS) await tab.screenshot({ path: join(SHOTS, `oauth-spa-${picture}-${i}.png`) });
        const password = tab.locator('input[type=password]');
        if (await password.count()) {
          await tab.locator('input[name=login], input[name=email]').first().fill(ada.email);
          await password.fill(ada.password);
        }
        const next = tab.waitForEvent('framenavigated', { timeout: 20_000 });
        next.catch(() => {}); // the popup closes
        await tab.getByRole('button', { name: /sign|log|allow|continue|yes/i }).first().click();
        await next;
      } catch (error) {
        if (!left()) throw error;
      }
    }
  }
  const isDone = (path) => page.waitForFunction((to) => location.pathname === to && document.title !== 'Application' && document.title, path, { timeout: 20_000 }).then((title) => title.jsonValue());

  await t.test('log in by redirect', async () => {
    await page.goto(at('/'));
    await Promise.all([page.waitForURL(`${target.issuer}/**`), call("manager.signinRedirect({ prompt: 'consent' });")]);
    await allow(page, 'redirect');
    assert.equal(await isDone('/cb'), 'Done');
    assert.equal((await user()).email, ada.email);
  });

  await t.test('silent renewal by refresh token', async () => {
    const before = await user();
    assert.ok(before.refresh);
    await call('await manager.signinSilent();');
    assert.notEqual((await user()).token, before.token);
  });

  await t.test('log in by popup', async () => {
    await page.goto(at('/'));
    await call('await manager.removeUser();');
    const [popup] = await Promise.all([context.waitForEvent('page'), call("window.popped = manager.signinPopup({ prompt: 'login' });")]);
    await allow(popup, 'popup');
    await call('await window.popped;');
    assert.equal((await user()).email, ada.email);
  });

  await t.test('a frame is told at once that a person has to log in', async () => {
    await call('const u = await manager.getUser(); u.refresh_token = undefined; await manager.storeUser(u);');
    const began = Date.now();
    const error = await call("try { await manager.signinSilent(); return 'renewed'; } catch (error) { return error.error ?? error.message; }");
    if (target.kind !== 'oracle') assert.equal(error, 'login_required');
    assert.ok(Date.now() - began < 15_000);
  });

  await t.test('log out, and log in with a password again', async () => {
    await Promise.all([page.waitForURL((url) => url.origin !== app.origin || url.pathname === '/bye'), call('manager.signoutRedirect();')]);
    await allow(page, 'logout');
    assert.equal(await isDone('/bye'), 'Done');
    await page.goto(at('/'));
    await Promise.all([page.waitForURL(`${target.issuer}/**`), call('manager.signinRedirect();')]);
    await page.waitForSelector('input[type=password]');
  });
});
