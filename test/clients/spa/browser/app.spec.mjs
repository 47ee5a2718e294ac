// The built app in Chromium, used as users do, under a strict Content-Security-Policy.
//
//   GATEHOUSE   the path of the built service
//   SHOTS       a folder for screenshots; without it, none are taken
//   CHROMIUM    the browser; /usr/bin/chromium by default
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createServer } from 'vite';
import { freePort, logIn } from '../../../service.mjs';
import { openVisitor } from './visitor.mjs';
import { ada, admin, grace, start } from './setup.mjs';

const { SHOTS } = process.env;
const ROUNDS = 10;
const ENDED = 'Your session has ended.';
const mary = { name: 'Mary Somerville', email: 'mary@example.com', password: 'copper-thistle-lagoon-58' };

let setup, proxy, site, service, browser;
let visitor;

before(async () => {
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
  setup = await start();
  ({ proxy, site, service, browser } = setup);
});

after(() => setup?.close());

beforeEach(async () => {
  visitor = await openVisitor(browser);
});

afterEach(async () => {
  const { faults } = visitor;
  await visitor.close();
  assert.deepEqual(faults, []);
});

const shot = async (name, { page }) => SHOTS && (await page.screenshot({ path: join(SHOTS, `spa-${name}.png`), fullPage: true }));

// logInTab opens a tab and logs the user in.
async function logInTab(user, by = visitor) {
  const tab = await by.open(site.origin);
  await tab.logIn(user);
  await tab.row(user);
  return tab;
}

// sessionsOf returns the ids of the user's active sessions.
const sessionsOf = async ({ email }) => JSON.parse(await service.command('session', 'list', '--json', email)).map(({ id }) => id);

// logInTabs opens that many tabs in which the user is logged in, all in one session.
async function logInTabs(user, count) {
  const tabs = [await logInTab(user)];
  while (tabs.length < count) tabs.push(await visitor.open(site.origin));
  for (const tab of tabs) await tab.row(user);
  return tabs;
}

test('a user registers, and sees an error beside its field', async () => {
  const tab = await visitor.open(site.origin);
  await tab.heading('Log in');
  await shot('1-log-in', tab);
  await tab.button('Register').click();
  await tab.register({ ...mary, password: 'too short' });
  await tab.shows('The password must have at least 12 characters.');
  assert.equal(await tab.page.getByLabel('Password').getAttribute('aria-invalid'), 'true');
  assert.equal(await tab.page.getByLabel('Email address').inputValue(), mary.email, 'the user needn’t type it again');
  await shot('2-register', tab);
  await tab.register(mary);
  assert.match(await tab.ownRow(mary), /^Mary Somerville\s+mary@example\.com\s+user\s/);
  await shot('3-own-row', tab);
  await tab.logOut();
  await tab.page.reload();
  await tab.heading('Log in');
  assert.deepEqual(visitor.failures, []);
});

test('a wrong password is refused, and the right one logs in', async () => {
  const tab = await visitor.open(site.origin);
  await tab.logIn({ ...ada, password: 'not-the-password-42' });
  await tab.page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
  await shot('4-wrong-password', tab);
  await tab.logIn(ada);
  await tab.ownRow(ada);
});

test('password managers recognize the fields', async () => {
  const tab = await visitor.open(site.origin);
  await tab.heading('Log in');
  const fields = () => tab.page.locator('input').evaluateAll((inputs) => inputs.map(({ type, autocomplete }) => `${type} ${autocomplete}`));
  assert.deepEqual(await fields(), ['email username', 'password current-password']);
  await tab.button('Register').click();
  await tab.heading('Create an account');
  assert.deepEqual(await fields(), ['text name', 'email username', 'password new-password']);
});

test('the keyboard suffices', async () => {
  const tab = await visitor.open(site.origin);
  const { keyboard } = tab.page;
  await tab.heading('Log in');
  await keyboard.press('Tab');
  await keyboard.type(ada.email);
  await keyboard.press('Tab');
  await keyboard.type(ada.password);
  await keyboard.press('Enter');
  await tab.ownRow(ada);
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await tab.heading('Log in');
});

test('the service’s own pages share the session', async () => {
  const tab = await visitor.open(site.origin);
  await tab.heading('Log in');
  assert.equal(await tab.page.getByRole('link', { name: 'Forgot your password?' }).getAttribute('href'), `${proxy.url}/account#forgot`);
  await tab.logIn(ada);
  await tab.ownRow(ada);
  await tab.page.getByRole('link', { name: 'Account' }).click();
  await tab.heading('Profile');
  await tab.page.getByText(`You are logged in as ${ada.email}.`).waitFor();
});

test('a reload keeps the session, and no script can read it', async () => {
  const tab = await logInTab(ada);
  await tab.page.reload();
  await tab.ownRow(ada);
  const kept = await tab.page.evaluate(async () => [document.cookie, localStorage.length, sessionStorage.length, (await indexedDB.databases()).length]);
  assert.deepEqual(kept, ['', 0, 0, 0]);
  const [{ name, httpOnly, sameSite }, ...more] = await visitor.context.cookies();
  assert.deepEqual({ name, httpOnly, sameSite, more }, { name: 'gatehouse-refresh', httpOnly: true, sameSite: 'Strict', more: [] });
  assert.deepEqual(visitor.failures, []);
});

test('an invalid access token is refreshed automatically', async () => {
  const tab = await logInTab(ada);
  proxy.spoil(1);
  await tab.reload();
  await tab.ownRow(ada);
  assert.equal(await tab.page.getByRole('alert').filter({ hasText: /./ }).count(), 0);
  assert.deepEqual(visitor.failures, [401]);
});

test('an administrator sees all users', async () => {
  const tab = await logInTab(admin);
  for (const { name, email } of [ada, grace]) assert.match(await tab.row({ email }), new RegExp(`^${name}\\s+${email}\\s+user\\s`));
  await tab.shows(/^\d+ accounts$/);
  await shot('5-all-users', tab);
});

test('a change of roles shows at the next query', async () => {
  const tab = await logInTab(grace);
  await tab.ownRow(grace);
  await service.command('user', 'set-roles', grace.email, 'admin');
  await tab.reload();
  await tab.row(ada);
  await service.command('user', 'set-roles', grace.email, 'user');
  await tab.reload();
  await tab.ownRow(grace);
  assert.deepEqual(visitor.failures, []);
});

for (const count of [2, 3]) {
  test(`${count} tabs with invalid access tokens refresh at the same time, in one session`, async () => {
    await service.command('session', 'revoke-all', ada.email);
    const tabs = await logInTabs(ada, count);
    const before = await sessionsOf(ada);
    assert.equal(before.length, 1);
    for (let round = 0; round < ROUNDS; round++) {
      proxy.spoil(count);
      await Promise.all(tabs.map((tab) => tab.reload()));
    }
    for (const tab of tabs) await tab.ownRow(ada);
    assert.deepEqual(await sessionsOf(ada), before);
    assert.deepEqual(visitor.failures, Array(count * ROUNDS).fill(401));
  });
}

test('logging out or in in one tab does the same in the others', async () => {
  const [one, other] = await logInTabs(ada, 2);
  await one.logOut();
  await other.shows(ENDED);
  await shot('6-session-ended', other);
  await other.logIn(grace);
  await other.row(grace);
  await one.row(grace);
  assert.deepEqual(visitor.failures, []);
});

test('a request that one user started is not sent with the token of another', async () => {
  for (const user of [ada, grace]) {
    await service.command('session', 'revoke-all', user.email);
    await service.ask(logIn(user));
  }
  const [one, other] = await logInTabs(ada, 2);
  await one.sessionCount(2);
  await other.page.evaluate(() => {
    BroadcastChannel.prototype.postMessage = () => {}; // the first tab is not told
  });
  await other.logOut();
  await other.logIn(grace);
  await other.row(grace);
  await one.button('Log out elsewhere').click();
  await one.ownRow(grace);
  assert.equal((await sessionsOf(grace)).length, 2);
  assert.equal(await one.page.getByText(ada.email).count(), 0);
  assert.deepEqual(visitor.failures, [401, 401], 'sent again, still without the token of the second');
});

test('logging out elsewhere ends the other sessions, but not this one', async () => {
  await service.command('session', 'revoke-all', ada.email);
  const elsewhere = await openVisitor(browser);
  const [here, there] = [await logInTab(ada), await logInTab(ada, elsewhere)];
  await here.button('Reload', here.sessions).click();
  const listed = await here.sessionCount(2);
  assert.equal(listed.filter((text) => text.includes('this session')).length, 1);
  await shot('7-two-sessions', here);
  await here.button('Log out elsewhere').click();
  await here.sessionCount(1);
  await there.button('Reload', there.users).click();
  await there.shows(ENDED);
  await here.reload();
  await here.ownRow(ada);
  assert.deepEqual([visitor.failures, elsewhere.failures, elsewhere.faults], [[], [401], []]);
  await elsewhere.close();
});

test('a single other session is ended', async () => {
  await service.command('session', 'revoke-all', ada.email);
  for (let others = 0; others < 2; others++) await service.ask(logIn(ada));
  const tab = await logInTab(ada);
  await tab.sessionCount(3);
  await tab.sessions.getByRole('listitem').last().getByRole('button').click();
  await tab.sessionCount(2);
});

test('while the service can’t be reached, the user stays logged in', async () => {
  const tab = await logInTab(ada);
  proxy.forwardTo();
  await tab.button('Log out', tab.page.getByRole('banner')).click();
  await tab.shows('The service can’t be reached.');
  await tab.page.reload();
  await tab.heading('The service can’t be reached');
  await shot('8-unavailable', tab);
  proxy.forwardTo(service.url);
  await tab.button('Try again').click();
  await tab.ownRow(ada);
  assert.deepEqual(visitor.failures, [0, 0]);
});

for (const colorScheme of ['light', 'dark']) {
  test(`on a phone, ${colorScheme}`, async () => {
    const phone = await openVisitor(browser, { colorScheme, viewport: { width: 360, height: 740 }, hasTouch: true });
    const tab = await phone.open(site.origin);
    await tab.heading('Log in');
    await shot(`9-phone-${colorScheme}-log-in`, tab);
    assert.equal(await tab.overflow(), 0);
    await tab.logIn(admin);
    await tab.row(ada);
    await tab.sessions.getByRole('listitem').first().waitFor();
    await shot(`9-phone-${colorScheme}-all-users`, tab);
    assert.equal(await tab.overflow(), 0);
    assert.deepEqual(phone.faults, []);
    await phone.close();
  });
}

test('the dark theme', async () => {
  const darkVisitor = await openVisitor(browser, { colorScheme: 'dark' });
  const tab = await darkVisitor.open(site.origin);
  await tab.logIn(admin);
  await tab.row(ada);
  await shot('10-dark', tab);
  const background = () => tab.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await background();
  await tab.page.emulateMedia({ colorScheme: 'light' });
  assert.notEqual(await background(), dark);
  await darkVisitor.close();
});

test('a long list has pages', async () => {
  const others = [...'abcdefghij'].map((letter) => ({ email: `${letter}@example.com`, password: ada.password }));
  for (const user of others) await service.register(user);
  const tab = await logInTab(admin);
  assert.equal(await tab.users.getByText(others.at(-1).email).count(), 0);
  await tab.button('Next page').click();
  await tab.row(others.at(-1));
  assert.equal(await tab.users.getByText(admin.email).count(), 0);
  assert.equal(await tab.button('Next page').count(), 0);
  await tab.button('First page').click();
  await tab.row(admin);
});

test('in development, behind Vite’s proxy, the API is on the origin of the page', async () => {
  process.env.GATEHOUSE_URL = service.url;
  const server = await createServer({ root: join(import.meta.dirname, '..'), logLevel: 'error', server: { host: '127.0.0.1', port: await freePort() } });
  await server.listen();
  try {
    const tab = await visitor.open(`http://localhost:${server.config.server.port}`);
    await tab.logIn(ada);
    await tab.row(ada);
    await tab.page.reload();
    await tab.ownRow(ada);
    assert.deepEqual(visitor.failures, []);
  } finally {
    await server.close();
  }
});

test('the tests would find each kind of fault', async () => {
  const faulty = await openVisitor(browser);
  const tab = await faulty.open(site.origin);
  await tab.heading('Log in');
  await tab.page.evaluate(() => document.body.setAttribute('style', 'color: red'));
  await tab.page.evaluate(() => fetch('http://localhost:1/').catch(() => {}));
  const written = tab.page.waitForEvent('console', (message) => message.text() === 'a fault');
  await tab.page.evaluate(() => console.error('a fault'));
  await written;
  for (const fault of ['style-src-attr', 'connect-src', 'a fault']) assert.ok(faulty.faults.some((text) => text.includes(fault)), fault);
  await faulty.close();
});
