// The pages for logging in, consent and logout, in a real browser, for an application on another site.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { ada, bob, register, request, start } from './application.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const { SHOTS } = process.env;

let setup;
let app; // an application's id
let context;
let tab;

before(async () => {
  setup = await start();
});
after(() => setup?.close());
beforeEach(async () => {
  setup.site.answers.length = 0;
  app = await register(setup);
  context = await open();
  tab = await context.newPage();
});
afterEach(() => context.close());

const open = (options) => setup.browser.newContext({ ignoreHTTPSErrors: true, ...options });
const heading = (page = tab) => page.getByRole('heading', { level: 1 }).textContent();
const button = (name, page = tab) => page.getByRole('button', { name, exact: true });
const atApplication = (page = tab) => page.getByRole('heading', { name: 'The application' }).waitFor();

// ask sends the person to the service.
const ask = (parameters, page = tab, client = app) => page.goto(request(setup, client, parameters));

// logIn fills in the page for logging in.
async function logIn(user = ada, page = tab) {
  await page.getByLabel('Email address').fill(user.email);
  await page.getByLabel('Password').fill(user.password);
  await button('Log in', page).click();
}

// allow goes all the way once.
async function allow(parameters) {
  await ask(parameters);
  await logIn();
  await button('Allow').click();
  await atApplication();
  return setup.site.answers.at(-1);
}

test('a person logs in, sees in the schema\'s words what is asked for, and goes back with a code', async () => {
  await ask({ scope: 'openid email profile offline_access' });
  assert.equal(await heading(), 'Log in');
  assert.equal(await tab.evaluate(() => document.activeElement.id), 'email');
  await logIn();
  assert.equal(await heading(), 'Sunny Calendar wants to use your account');
  const text = await tab.locator('main').innerText();
  for (const part of [ada.email, new URL(setup.site.url).host, 'See your email address', 'Stay connected']) assert.ok(text.toLowerCase().includes(part.toLowerCase()), `${part} in ${text}`);
  const address = tab.getByRole('listitem').filter({ has: tab.getByRole('checkbox', { name: 'See your email address' }) });
  await address.locator('summary').click();
  assert.ok((await address.innerText()).includes('User.email'));
  await tab.getByRole('checkbox', { name: /Stay connected/ }).uncheck();
  await button('Allow').click();
  await atApplication();
  const { code, state, iss } = setup.site.answers[0];
  assert.ok(code.length > 60);
  assert.deepEqual({ state, iss }, { state: 'xyz', iss: setup.url });
  assert.equal(setup.site.answers.length, 1);
});

test('the second time neither a password nor a click is needed', async () => {
  const first = await allow();
  await ask();
  await atApplication();
  assert.notEqual(setup.site.answers[1].code, first.code);
  await ask({ prompt: 'none' });
  await atApplication();
  assert.ok(setup.site.answers[2].code);
});

test('a person who logs in to what was allowed is led on without form-action in the way', async () => {
  await allow();
  await context.clearCookies();
  await ask({ prompt: 'login' });
  await logIn();
  await atApplication();
  assert.ok(setup.site.answers[1].code);
});

test('the answer reaches an application that leads on to a scheme of its own', async () => {
  const id = await register(setup, { redirectUris: [`${setup.site.url}/onward`] });
  await ask({ redirect_uri: `${setup.site.url}/onward` }, tab, id);
  await logIn();
  await button('Allow').click();
  while (setup.site.answers.length === 0) await tab.waitForTimeout(20);
  assert.ok(setup.site.answers[0].code);
});

test('cancelling goes back with access_denied', async () => {
  await ask();
  await logIn();
  await button('Cancel').click();
  await atApplication();
  const { error, state } = setup.site.answers[0];
  assert.deepEqual({ error, state }, { error: 'access_denied', state: 'xyz' });
});

test('a wrong password is said, and the address stays', async () => {
  await ask();
  await logIn({ ...ada, password: 'wrong' });
  assert.match(await tab.getByRole('alert').textContent(), /wrong/);
  assert.equal(await tab.getByLabel('Email address').inputValue(), ada.email);
  assert.equal(await tab.getByLabel('Password').inputValue(), '');
  assert.equal(await tab.evaluate(() => document.activeElement.id), 'password');
  await logIn();
  assert.match(await heading(), /wants to use your account/);
});

test('going back after allowing leads on with the same code', async () => {
  const { code } = await allow();
  await tab.goBack();
  await atApplication();
  assert.deepEqual(setup.site.answers.map((answer) => answer.code), [code, code]);
});

test('a double click makes one code', async () => {
  await ask();
  await logIn();
  await button('Allow').dblclick({ noWaitAfter: true });
  await atApplication();
  assert.equal(new Set(setup.site.answers.map(({ code }) => code)).size, 1);
});

test('two tabs hold two requests', async () => {
  const other = await context.newPage();
  await ask({ state: 'one' });
  await ask({ state: 'two' }, other);
  await logIn();
  await logIn(ada, other);
  await button('Allow', other).click();
  await atApplication(other);
  await button('Allow').click();
  await tab.waitForLoadState();
  if (await button('Allow').isVisible()) await button('Allow').click(); // what was allowed in the other tab has changed the page
  await atApplication();
  assert.deepEqual(setup.site.answers.map(({ state }) => state).sort(), ['one', 'two']);
});

test('another person can log in from the page that asks', async () => {
  await ask();
  await logIn();
  await tab.getByRole('link', { name: 'Not you?' }).click();
  await logIn(bob);
  assert.ok((await tab.locator('main').innerText()).includes(bob.email));
});

test('a request that another browser began is not answered', async () => {
  await ask();
  const [stranger, page] = [await open(), tab.url()];
  const other = await stranger.newPage();
  await other.goto(page);
  assert.equal(await heading(other), 'This page belongs to another browser');
  await stranger.close();
});

test('an application sends a form from its site, with the session that is there', async () => {
  await allow();
  await tab.goto(`${setup.site.url}/`);
  await tab.evaluate((address) => {
    const [action, query] = address.split('?');
    const form = Object.assign(document.createElement('form'), { method: 'post', action });
    for (const [name, value] of new URLSearchParams(query)) form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
    document.body.append(form);
    form.submit();
  }, request(setup, app, { state: 'posted' }));
  while (setup.site.answers.length < 2) await tab.waitForTimeout(20);
  assert.equal(setup.site.answers[1].state, 'posted');
  assert.ok(setup.site.answers[1].code, JSON.stringify(setup.site.answers[1]));
});

test('another site can neither show the pages in a frame nor send their forms', async () => {
  await ask();
  await logIn();
  const [address, shown, id] = [tab.url(), await tab.locator('[name=shown]').inputValue(), await tab.locator('form [name=request]').inputValue()];
  const evil = await context.newPage();
  await evil.goto(setup.site.url.replace('app.', 'evil.'));
  await evil.evaluate((src) => new Promise((resolve) => {
    const frame = Object.assign(document.createElement('iframe'), { src, onload: resolve });
    document.body.append(frame);
  }), address);
  assert.ok(!evil.frames().some((frame) => frame.url().includes('/oauth/consent')), 'the page is in a frame');
  await evil.evaluate(([action, fields]) => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action });
    for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
    document.body.append(form);
    form.submit();
  }, [`${setup.url}/oauth/consent`, { request: id, shown, scope: 'email', answer: 'allow' }]);
  await evil.waitForURL(`${setup.url}/oauth/consent`);
  assert.equal(await heading(evil), 'This form came from another site');
  assert.equal(setup.site.answers.length, 0);
  await button('Allow').click();
  await atApplication();
});

test('a silent request in a frame is answered at once', async () => {
  await allow();
  await tab.goto(`${setup.site.url}/`);
  await tab.evaluate((src) => document.body.append(Object.assign(document.createElement('iframe'), { src })), request(setup, app, { prompt: 'none' }));
  while (setup.site.answers.length < 2) await tab.waitForTimeout(20);
  assert.equal(setup.site.answers[1].error, 'login_required');
});

test('the keyboard is enough, and Cancel comes after Allow', async () => {
  await ask({ scope: 'openid email' });
  await tab.waitForFunction(() => document.activeElement.matches('input')); // the focus comes a moment after the page
  await tab.keyboard.type(ada.email);
  await tab.keyboard.press('Tab');
  await tab.keyboard.type(ada.password);
  await tab.keyboard.press('Enter');
  await button('Allow').waitFor();
  const order = [];
  for (let i = 0; i < 12 && order.at(-1) !== 'Cancel'; i += 1) {
    await tab.keyboard.press('Tab');
    order.push(await tab.evaluate(() => document.activeElement.textContent.trim()));
  }
  assert.deepEqual(order.slice(-2), ['Allow', 'Cancel']);
  await tab.keyboard.press('Shift+Tab');
  await tab.keyboard.press('Enter');
  await atApplication();
});

test('logging out asks, ends the session, and leads back', async () => {
  await allow();
  await tab.goto(`${setup.url}/oauth/logout?${new URLSearchParams({ client_id: app, post_logout_redirect_uri: `${setup.site.url}/bye` })}`);
  assert.equal(await heading(), 'Log out?');
  await button('Stay logged in').click();
  assert.equal(await heading(), 'You are still logged in');
  await tab.goBack();
  await button('Log out').click();
  await tab.waitForURL(`${setup.site.url}/bye`);
  await ask();
  assert.equal(await heading(), 'Log in');
});

test('the pages speak the language that is asked for', async () => {
  await ask({ ui_locales: 'fr de en' });
  assert.equal(await heading(), 'Anmelden');
  assert.equal(await tab.locator('html').getAttribute('lang'), 'de');
});

// looks are how people see the pages.
const looks = [
  { name: 'light', options: { colorScheme: 'light' } },
  { name: 'dark', options: { colorScheme: 'dark' } },
  { name: 'phone', options: { colorScheme: 'light', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } },
];
for (const { name, options } of looks) {
  test(`axe finds nothing wrong, and pictures are taken: ${name}`, async () => {
    const looking = await open(options);
    const page = await looking.newPage();
    const look = async (what) => {
      if (SHOTS) {
        mkdirSync(SHOTS, { recursive: true });
        await page.screenshot({ path: join(SHOTS, `sign-in-${what}-${name}.png`), fullPage: true });
      }
      await page.evaluate(AXE);
      const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => `${what}: ${id}: ${nodes[0].html}`), []);
      assert.ok(passes.length > 10);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what} is wider than the screen`);
    };
    await ask({}, page);
    await look('login');
    await logIn({ ...ada, password: 'wrong' }, page);
    await look('refused');
    await logIn(ada, page);
    await page.locator('summary').first().click();
    await look('consent');
    const local = await register(setup, { name: 'Terminal', redirectUris: ['http://127.0.0.1/callback'] });
    await ask({ redirect_uri: 'http://127.0.0.1:9/callback', scope: 'openid email profile offline_access' }, page, local);
    await look('program');
    await page.goto(`${setup.url}/oauth/logout`);
    await look('logout');
    await page.goto(`${setup.url}/oauth/authorize?client_id=unknown`);
    await look('unknown');
    await page.goto(`${setup.url}/oauth/login?request=expired`);
    await look('expired');
    await looking.close();
  });
}
