// Drives the explorer of a running service in Chromium, as a person would: keyboard, mouse, and what is on the page.
//
//   GATEHOUSE_URL   the service, such as http://localhost:8080
//   ADMIN_EMAIL, ADMIN_PASSWORD   an administrator of it
//   SHOTS           a folder for screenshots; none are taken without it
//   CHROMIUM        the browser; /usr/bin/chromium without it
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { openPage } from './page.mjs';

const { GATEHOUSE_URL, ADMIN_EMAIL, ADMIN_PASSWORD, SHOTS, CHROMIUM = '/usr/bin/chromium' } = process.env;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const person = { email: `ada-${Date.now()}@example.com`, password: 'plum-harbour-violin-42' };

let browser;
let page;

before(async () => {
  assert.ok(GATEHOUSE_URL && ADMIN_EMAIL && ADMIN_PASSWORD, 'GATEHOUSE_URL, ADMIN_EMAIL and ADMIN_PASSWORD say what to test');
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  page = await openPage(browser, GATEHOUSE_URL);
});

after(() => browser?.close());

async function shot(name, of = page) {
  if (SHOTS) await of.tab.screenshot({ path: join(SHOTS, `${name}.png`) });
}

test('the page renders, with the ready-made tabs and nobody signed in', async () => {
  assert.equal(await page.who(), 'Not signed in');
  assert.deepEqual(await page.tabs(), ['Register', 'LogIn', 'Me', 'Viewer', 'Users', 'ChangeName', 'ChangePassword', 'Refresh', 'LogOut']);
  assert.equal(await page.tab.locator('#no-schema').isVisible(), false);
  await shot('1-first-visit');
});

test('without a credential, me is refused', async () => {
  const { errors } = await page.run('Me');
  assert.equal(errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal(errors[0].extensions.reason, 'no_credential');
});

test('registering signs the person in', async () => {
  const { data } = await page.run('Register', { input: { ...person, name: 'Ada Lovelace' } });
  assert.equal(data.register.user.email, person.email);
  assert.equal(await page.who(), `Signed in as ${person.email} user`);
  await shot('2-registered');
});

test('a wrong password is told, and changes nothing', async () => {
  const { errors } = await page.run('LogIn', { input: { ...person, password: 'not the password' } });
  assert.equal(errors[0].extensions.code, 'INVALID_CREDENTIALS');
  assert.equal(await page.who(), `Signed in as ${person.email} user`);
});

test('me shows the person, though nobody pasted a token', async () => {
  await page.run('LogIn', { input: person });
  const { data } = await page.run('Me');
  assert.equal(data.me.email, person.email);
  assert.deepEqual(data.me.roles, ['user']);
});

test('the person can’t list users, but change the own name', async () => {
  const { data, errors } = await page.run('Users');
  assert.equal(data.users, null);
  assert.equal(errors[0].extensions.code, 'FORBIDDEN');
  await shot('3-forbidden');
  const changed = await page.run('ChangeName');
  assert.equal(changed.data.updateUser.name, 'Augusta Ada King');
});

test('a reload keeps the session and the tabs, and leaves no token in a storage', async () => {
  const before = await page.tabs();
  await page.reload();
  assert.deepEqual(await page.tabs(), before);
  assert.equal(await page.who(), `Signed in as ${person.email} user`);
  const [lasting, passing] = await page.tab.evaluate(() => [localStorage, sessionStorage].map((store) => JSON.stringify(store)));
  assert.doesNotMatch(lasting, new RegExp(`${person.password}|${person.email}|eyJ`));
  assert.doesNotMatch(passing, /gatehouse:session|eyJ/);
  const { data } = await page.run('Me');
  assert.equal(data.me.email, person.email);
});

test('a duplicated tab does not share the session', async () => {
  const opened = page.tab.waitForEvent('popup');
  await page.tab.evaluate(() => void window.open('/playground'));
  const duplicate = await opened;
  await duplicate.locator('.graphiql-query-editor .CodeMirror').waitFor();
  assert.equal(await duplicate.locator('#who').textContent(), 'Not signed in');
  await duplicate.close();
});

test('an administrator logs in by the same tab, and sees users', async () => {
  const schema = page.answered('ExplorerIntrospection');
  await page.run('LogIn', { input: { email: ADMIN_EMAIL, password: ADMIN_PASSWORD } });
  assert.ok((await (await schema).request().allHeaders()).authorization, 'the schema is fetched again, as the administrator');
  assert.match(await page.who(), new RegExp(`^Signed in as ${ADMIN_EMAIL} .*admin`));
  const { data } = await page.run('Users', { first: 100 });
  assert.ok(data.users.totalCount >= 2);
  assert.ok(data.users.nodes.some(({ email }) => email === ADMIN_EMAIL));
  await shot('4-users');
});

test('the bar shows what the token says', async () => {
  await page.tab.getByText('Token', { exact: true }).click();
  assert.match(await page.tab.locator('#claims').textContent(), /Rolesadmin/);
  assert.match(await page.tab.locator('#expiry').textContent(), /^access token expires in \d+:\d\d/);
  await shot('5-token');
  await page.tab.keyboard.press('Escape');
  assert.equal(await page.tab.locator('#claims').isVisible(), false);
});

test('refresh works by the tab, without giving the token, and by the button', async () => {
  const { data } = await page.run('Refresh');
  assert.equal(data.refresh.user.email, ADMIN_EMAIL);
  const renewed = page.answered('Refresh');
  await page.tab.locator('.bar').getByRole('button', { name: 'Refresh' }).click();
  assert.ok((await (await renewed).json()).data.refresh.accessToken);
  assert.equal((await page.run('Me')).data.me.email, ADMIN_EMAIL);
});

test('an expired token is renewed behind the scenes', async () => {
  await page.refuseOnce('Me', 'token_expired');
  const renewed = page.answered('Refresh');
  const { data } = await page.run('Me');
  assert.equal(data.me.email, ADMIN_EMAIL);
  assert.ok((await (await renewed).json()).data.refresh);
});

test('a session that has ended is told, in the answer and in the bar', async () => {
  await page.refuseOnce('Me', 'session_ended');
  const { errors } = await page.run('Me');
  assert.equal(errors[0].extensions.reason, 'session_ended');
  assert.equal(await page.who(), 'Not signed in');
  assert.match(await page.tab.locator('#notice').textContent(), /session has ended/);
  await shot('6-session-ended');
});

test('logging out by the button ends the session at the server, too', async () => {
  const { data } = await page.run('LogIn', { input: { email: ADMIN_EMAIL, password: ADMIN_PASSWORD } });
  const token = data.login.accessToken;
  await page.tab.getByRole('button', { name: 'Log out' }).click();
  await page.tab.getByText('Not signed in').waitFor();
  const [own, stolen] = [await page.run('Me'), await page.ask('{ me { id } }', token)];
  assert.equal(own.errors[0].extensions.reason, 'no_credential');
  assert.equal(stolen.status, 401);
});

test('logging out by the tab does the same', async () => {
  await page.run('LogIn', { input: person });
  const { data } = await page.run('LogOut');
  assert.equal(data.logout, true);
  assert.equal(await page.who(), 'Not signed in');
});

test('the keyboard is not caught in an editor', async () => {
  await page.tab.getByRole('textbox', { name: 'Operation' }).focus();
  for (let i = 0; i < 3; i++) await page.tab.keyboard.press('Tab');
  const inside = await page.tab.evaluate(() => Boolean(document.activeElement.closest('.graphiql-query-editor .CodeMirror')));
  assert.equal(inside, false);
  assert.ok(await page.tab.getByRole('textbox', { name: 'Variables' }).count());
});

test('all of that without an error in the console, or a request to another origin', () => {
  assert.deepEqual(page.faults, []);
});

test('dark, too', async () => {
  const dark = await openPage(browser, GATEHOUSE_URL, { colorScheme: 'dark' });
  await dark.run('LogIn', { input: person });
  await dark.run('Me');
  await dark.tab.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await dark.tab.getByText('Root Types').waitFor();
  assert.notEqual(await dark.background(), await page.background());
  await shot('7-dark', dark);
  assert.deepEqual(dark.faults, []);
  await dark.close();
});

test('without introspection operations run, and the page says what is missing', async () => {
  const bare = await openPage(browser, GATEHOUSE_URL, { introspection: false });
  await bare.tab.locator('#no-schema').waitFor();
  const { data } = await bare.run('LogIn', { input: person });
  assert.equal(data.login.user.email, person.email);
  assert.equal((await bare.run('Me')).data.me.email, person.email);
  await shot('8-no-introspection', bare);
  assert.deepEqual(bare.faults, []);
  await bare.close();
});
