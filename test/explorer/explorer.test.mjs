// Uses the explorer of a running service in Chromium as a user does: keyboard, mouse, and what is
// on the page.
//
//   GATEHOUSE_URL                 the service, such as http://localhost:8080
//   ADMIN_EMAIL, ADMIN_PASSWORD   one of its administrators
//   SHOTS                         a folder for screenshots; without it, none are taken
//   CHROMIUM                      the browser; /usr/bin/chromium by default
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, openPage } from './page.mjs';

const { GATEHOUSE_URL, ADMIN_EMAIL, ADMIN_PASSWORD, SHOTS } = process.env;
const user = { email: `ada-${Date.now()}@example.com`, password: 'seven quiet herons' };

let browser;
let page;

before(async () => {
  assert.ok(GATEHOUSE_URL && ADMIN_EMAIL && ADMIN_PASSWORD, 'set GATEHOUSE_URL, ADMIN_EMAIL and ADMIN_PASSWORD');
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
  browser = await launch();
  page = await openPage(browser, GATEHOUSE_URL);
});

after(() => browser?.close());

async function shot(name, of = page) {
  if (SHOTS) await of.tab.screenshot({ path: join(SHOTS, `${name}.png`) });
}

test('the page renders signed out, with the example tabs', async () => {
  assert.equal(await page.who(), 'Not signed in');
  assert.deepEqual(await page.tabs(), ['LogIn', 'Register', 'Me', 'Viewer', 'Users', 'ChangeName', 'ChangePassword', 'Refresh', 'LogOut']);
  assert.equal(await page.tab.locator('#no-schema').isVisible(), false);
  await shot('1-first-visit');
});

test('without a credential, me is refused', async () => {
  const { errors } = await page.run('Me');
  assert.equal(errors[0].extensions.code, 'UNAUTHENTICATED');
  assert.equal(errors[0].extensions.reason, 'no_credential');
});

test('registering signs the user in', async () => {
  const { data } = await page.run('Register', { input: { ...user, name: 'Ada Lovelace' } });
  assert.equal(data.register.user.email, user.email);
  assert.equal(await page.who(), `Signed in as ${user.email} user`);
  await shot('2-registered');
});

test('a wrong password is refused, and changes nothing', async () => {
  const { errors } = await page.run('LogIn', { input: { ...user, password: 'not the password' } });
  assert.equal(errors[0].extensions.code, 'INVALID_CREDENTIALS');
  assert.equal(await page.who(), `Signed in as ${user.email} user`);
});

test('me shows the user, without pasting a token', async () => {
  await page.run('LogIn', { input: user });
  const { data } = await page.run('Me');
  assert.equal(data.me.email, user.email);
  assert.deepEqual(data.me.roles, ['user']);
});

test('the user can’t list users, but can change their own name', async () => {
  const { data, errors } = await page.run('Users');
  assert.equal(data.users, null);
  assert.equal(errors[0].extensions.code, 'FORBIDDEN');
  await shot('3-forbidden');
  const changed = await page.run('ChangeName');
  assert.equal(changed.data.updateUser.name, 'Augusta Ada King');
});

test('a reload keeps the session and the tabs, and leaves no token in storage', async () => {
  const before = await page.tabs();
  await page.reload();
  assert.deepEqual(await page.tabs(), before);
  assert.equal(await page.who(), `Signed in as ${user.email} user`);
  const [local, session] = await page.tab.evaluate(() => [localStorage, sessionStorage].map((store) => JSON.stringify(store)));
  assert.doesNotMatch(local, new RegExp(`${user.password}|${user.email}|eyJ`));
  assert.doesNotMatch(session, /gatehouse:session|eyJ/);
  const { data } = await page.run('Me');
  assert.equal(data.me.email, user.email);
});

test('a duplicated tab does not share the session', async () => {
  const opened = page.tab.waitForEvent('popup');
  await page.tab.evaluate(() => void window.open('/playground'));
  const duplicate = await opened;
  await duplicate.locator('.graphiql-query-editor .CodeMirror').waitFor();
  assert.equal(await duplicate.locator('#who').textContent(), 'Not signed in');
  await duplicate.close();
});

test('an administrator logs in with the same tab, and sees users', async () => {
  const schema = page.answered('ExplorerIntrospection');
  await page.run('LogIn', { input: { email: ADMIN_EMAIL, password: ADMIN_PASSWORD } });
  assert.ok((await (await schema).request().allHeaders()).authorization, 'the schema is fetched again, as the administrator');
  assert.match(await page.who(), new RegExp(`^Signed in as ${ADMIN_EMAIL} .*admin`));
  const { data } = await page.run('Users', { first: 100 });
  assert.ok(data.users.totalCount >= 2);
  assert.ok(data.users.nodes.some(({ email }) => email === ADMIN_EMAIL));
  await shot('4-users');
});

test('the bar shows the claims of the token', async () => {
  await page.tab.getByText('Token', { exact: true }).click();
  assert.match(await page.tab.locator('#claims').textContent(), /Rolesadmin/);
  assert.match(await page.tab.locator('#expiry').textContent(), /^access token expires in \d+:\d\d/);
  await shot('5-token');
  await page.tab.keyboard.press('Escape');
  assert.equal(await page.tab.locator('#claims').isVisible(), false);
});

test('refresh works with the tab, without typing the token, and with the button', async () => {
  const { data } = await page.run('Refresh');
  assert.equal(data.refresh.user.email, ADMIN_EMAIL);
  const renewed = page.answered('Refresh');
  await page.tab.locator('.bar').getByRole('button', { name: 'Refresh' }).click();
  assert.ok((await (await renewed).json()).data.refresh.accessToken);
  assert.equal((await page.run('Me')).data.me.email, ADMIN_EMAIL);
});

test('an expired token is refreshed automatically', async () => {
  await page.refuseOnce('Me', 'token_expired');
  const renewed = page.answered('Refresh');
  const { data } = await page.run('Me');
  assert.equal(data.me.email, ADMIN_EMAIL);
  assert.ok((await (await renewed).json()).data.refresh);
});

test('the answer and the bar say that a session has ended', async () => {
  await page.refuseOnce('Me', 'session_ended');
  const { errors } = await page.run('Me');
  assert.equal(errors[0].extensions.reason, 'session_ended');
  assert.equal(await page.who(), 'Not signed in');
  assert.match(await page.tab.locator('#notice').textContent(), /session has ended/);
  await shot('6-session-ended');
});

test('logging out with the button ends the session on the server, too', async () => {
  const { data } = await page.run('LogIn', { input: { email: ADMIN_EMAIL, password: ADMIN_PASSWORD } });
  const token = data.login.accessToken;
  await page.tab.getByRole('button', { name: 'Log out' }).click();
  await page.tab.getByText('Not signed in').waitFor();
  const [own, stolen] = [await page.run('Me'), await page.ask('{ me { id } }', token)];
  assert.equal(own.errors[0].extensions.reason, 'no_credential');
  assert.equal(stolen.status, 401);
});

test('logging out with the tab does the same', async () => {
  await page.run('LogIn', { input: user });
  const { data } = await page.run('LogOut');
  assert.equal(data.logout, true);
  assert.equal(await page.who(), 'Not signed in');
});

test('an editor does not trap the keyboard', async () => {
  await page.tab.getByRole('textbox', { name: 'Operation' }).focus();
  for (let i = 0; i < 3; i++) await page.tab.keyboard.press('Tab');
  const inside = await page.tab.evaluate(() => Boolean(document.activeElement.closest('.graphiql-query-editor .CodeMirror')));
  assert.equal(inside, false);
  assert.ok(await page.tab.getByRole('textbox', { name: 'Variables' }).count());
});

test('no console error and no request to another origin until here', () => {
  assert.deepEqual(page.faults, []);
});

test('the dark theme', async () => {
  const dark = await openPage(browser, GATEHOUSE_URL, { colorScheme: 'dark' });
  await dark.run('LogIn', { input: user });
  await dark.run('Me');
  await dark.tab.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await dark.tab.getByText('Root Types').waitFor();
  assert.notEqual(await dark.background(), await page.background());
  await shot('7-dark', dark);
  assert.deepEqual(dark.faults, []);
  await dark.close();
});

test('without introspection, operations run and the page says what is missing', async () => {
  const bare = await openPage(browser, GATEHOUSE_URL, { introspection: false });
  await bare.tab.locator('#no-schema').waitFor();
  const { data } = await bare.run('LogIn', { input: user });
  assert.equal(data.login.user.email, user.email);
  assert.equal((await bare.run('Me')).data.me.email, user.email);
  await shot('8-no-introspection', bare);
  assert.deepEqual(bare.faults, []);
  await bare.close();
});
