// What needs a log-in of the last minutes: the page asks for it, and goes on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { code, logIn } from '../service.mjs';
import { end, fill, heading, look, press, start } from './account.mjs';
import { addAuthenticator } from './authenticator.mjs';
import { totp } from './totp.mjs';

const PASSWORD = 'seven quiet herons';
const LONG = 11; // minutes: more than @fresh(within:) of what the pages send

let setup;
before(async () => {
  setup = await start((url) => ({ PUBLIC_URL: url, EMAIL_VERIFICATION: 'optional', EMAIL_CHANGE: 'confirm', LOGIN_METHODS: 'password,email,passkey', SECOND_FACTOR: 'optional' }));
});
after(() => setup?.close());

const dialog = (tab) => tab.getByRole('dialog', { name: 'Confirm that it is you' });

async function open(email, fragment = '#security') {
  await setup.gatehouse.register({ email, password: PASSWORD });
  const tab = await setup.visit(fragment);
  await fill(tab, { 'Email address': email, Password: PASSWORD });
  await press(tab, 'Log in');
  return tab;
}

// wait lets the minutes go by after the log-in.
async function wait(tab, email, title = 'Security') {
  await setup.gatehouse.age(email, LONG);
  await tab.reload();
  await heading(tab, title);
}

const opens = async (email, password) => code(await setup.gatehouse.ask(logIn({ email, password }))) === undefined;

test('the password is changed at once after a log-in, and asked for later', async () => {
  const email = 'ada@example.com';
  const tab = await open(email);
  await heading(tab, 'Security');
  await fill(tab, { 'New password': 'quartz-lantern-otter-91' });
  await press(tab, 'Change the password');
  await tab.getByText('Your password is changed.').waitFor();

  await wait(tab, email);
  await fill(tab, { 'New password': 'another-lantern-otter-92' });
  await press(tab, 'Change the password');
  await dialog(tab).waitFor();
  await tab.waitForFunction(() => document.activeElement.name === 'currentPassword');
  await look(tab, 'confirmation');
  await tab.keyboard.press('Escape');
  await tab.getByRole('alert').filter({ hasText: 'First confirm that it is you.' }).waitFor();
  assert.equal(await tab.evaluate(() => document.activeElement.textContent), 'Change the password');
  assert.ok(await opens(email, 'quartz-lantern-otter-91'));

  await press(tab, 'Change the password'); // what was entered is still there
  await fill(tab, { 'Current password': PASSWORD });
  await press(tab, 'Continue');
  await dialog(tab).getByText('This is not your current password.').waitFor();
  assert.equal(await opens(email, 'another-lantern-otter-92'), false);
  await fill(tab, { 'Current password': 'quartz-lantern-otter-91' });
  await press(tab, 'Continue');
  await tab.getByText('Your password is changed.').waitFor();
  assert.equal(await dialog(tab).count(), 0);
  assert.ok(await opens(email, 'another-lantern-otter-92'));
  await tab.reload(); // the cookie is still that of the session
  await heading(tab, 'Security');
  await end(tab);
});

test('the address is changed and the account deleted after a confirmation', async () => {
  const email = 'bob@example.com';
  const tab = await open(email, '#profile');
  await heading(tab, 'Profile');
  await wait(tab, email, 'Profile');
  await fill(tab, { 'New email address': 'robert@example.com' });
  await press(tab, 'Change the email address');
  await fill(tab, { 'Current password': PASSWORD });
  await press(tab, 'Continue');
  await tab.getByText('It changes to robert@example.com once').waitFor();

  await wait(tab, email, 'Profile');
  await tab.getByText('Delete the account', { exact: true }).click();
  await press(tab, 'Delete the account for ever');
  await dialog(tab).waitFor();
  await press(tab, 'Cancel');
  assert.ok(await opens(email, PASSWORD));
  await press(tab, 'Delete the account for ever');
  await fill(tab, { 'Current password': PASSWORD });
  await press(tab, 'Continue');
  await heading(tab, 'Log in');
  assert.equal(await opens(email, PASSWORD), false);
  await end(tab);
});

test('an account with second factors confirms with one of them', async () => {
  const email = 'cyd@example.com';
  const tab = await open(email);
  await heading(tab, 'Security');
  const device = await addAuthenticator(tab);
  await wait(tab, email);
  await press(tab, 'Set up an app');
  await fill(tab, { 'Current password': PASSWORD }); // there is no other yet
  await press(tab, 'Continue');
  const secret = (await tab.locator('code').first().textContent()).replace(/ /g, '');
  await fill(tab, { 'Code from your authenticator app': await totp(secret, -1) });
  await press(tab, 'Turn on');
  await tab.getByText('From now on you need its codes').waitFor();

  await wait(tab, email);
  await fill(tab, { 'New password': 'quartz-lantern-otter-91' });
  await press(tab, 'Change the password');
  await fill(tab, { 'Code from your authenticator app': await totp(secret) });
  await press(tab, 'Continue');
  await tab.getByText('Your password is changed.').waitFor();

  await fill(tab, { 'Name of the passkey': 'Phone' });
  await press(tab, 'Add a passkey');
  await tab.getByText('The passkey Phone is added.').waitFor();
  await wait(tab, email);
  await fill(tab, { 'New password': 'another-lantern-otter-92' });
  await press(tab, 'Change the password');
  await dialog(tab).waitFor();
  await dialog(tab).getByRole('button', { name: 'Use a passkey' }).waitFor();
  await look(tab, 'confirmation-passkey');
  await device.refuse(true);
  await press(tab, 'Use a passkey');
  await dialog(tab).getByText('No passkey was used.').waitFor();
  await device.refuse(false);
  await press(tab, 'Use a passkey');
  await tab.getByText('Your password is changed.').waitFor();
  assert.equal(await opens(email, PASSWORD), false);
  await end(tab);
});

test('a session of before the second factor is asked for it', async () => {
  const email = 'eve@example.com';
  const tab = await open(email);
  await heading(tab, 'Security');
  const other = await setup.visit('#security');
  await fill(other, { 'Email address': email, Password: PASSWORD });
  await press(other, 'Log in');
  await press(other, 'Set up an app');
  const secret = (await other.locator('code').first().textContent()).replace(/ /g, '');
  await fill(other, { 'Code from your authenticator app': await totp(secret, -1) });
  await press(other, 'Turn on');
  await other.getByText('From now on you need its codes').waitFor();
  await end(other);

  await tab.reload();
  await tab.getByText('Remove the app', { exact: true }).first().click();
  await press(tab, 'Remove the app');
  await dialog(tab).getByText('This needs your second factor.').waitFor();
  await fill(tab, { 'Code from your authenticator app': await totp(secret) });
  await press(tab, 'Continue');
  await tab.getByText('The authenticator app is removed.').waitFor();
  await end(tab);
});

test('an account with nothing but mail confirms with a code', async () => {
  const email = 'dan@example.com';
  await setup.gatehouse.register({ email, password: PASSWORD });
  const tab = await setup.visit(); // takes over the account, which removes its password
  await tab.goto(await setup.link(email, 'verify'));
  await press(tab, 'Confirm the address');
  await press(tab, 'I did not create this account');
  await press(tab, 'Take over the account');
  await heading(tab, 'The account is yours');
  await tab.goto(`${setup.page}#login`);
  await press(tab, 'Log in by mail');
  await fill(tab, { 'Email address': email });
  await press(tab, 'Send the link');
  const first = await setup.link(email, 'login', { code: true });
  await fill(tab, { 'Code from the mail': first });
  await press(tab, 'Log in');
  await heading(tab, 'Profile');

  await wait(tab, email, 'Profile');
  await fill(tab, { 'New email address': 'daniel@example.com' });
  await press(tab, 'Change the email address');
  await dialog(tab).getByText(`We send a code to ${email}.`).waitFor();
  await press(tab, 'Send the code');
  await dialog(tab).getByLabel('Code from the mail').waitFor();
  let second = first;
  while (second === first) second = await setup.link(email, 'login', { code: true });
  await dialog(tab).getByLabel('Code from the mail').fill(second);
  await press(tab, 'Continue');
  await tab.getByText('It changes to daniel@example.com once').waitFor();
  await end(tab);
});
