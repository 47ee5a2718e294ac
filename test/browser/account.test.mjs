// The pages at /account in a real browser, with the mails that the service keeps.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { code, logIn, temporaryFolder } from '../service.mjs';
import { end, fill, heading, look, press, shoot, start } from './account.mjs';

let setup;
before(async () => {
  setup = await start({ EMAIL_VERIFICATION: 'optional', EMAIL_CHANGE: 'confirm', LOGIN_METHODS: 'password,email' });
});
after(() => setup?.close());

const register = (email, password = 'seven quiet herons') => setup.gatehouse.register({ email, password });

const enter = async (tab, email, password) => {
  await fill(tab, { 'Email address': email, Password: password });
  await press(tab, 'Log in');
};

test('a person registers, confirms the address, forgets the password, changes the address and takes that back', async () => {
  const tab = await setup.visit('#register');
  await heading(tab, 'Create an account');
  await shoot(tab, 'register');
  await fill(tab, { Name: 'Ada', 'Email address': 'ada@example.com', Password: 'seven quiet herons' });
  await press(tab, 'Create an account');
  await heading(tab, 'Profile');
  await tab.getByText('It is not confirmed yet.').waitFor();
  await shoot(tab, 'unconfirmed');

  await tab.goto(await setup.link('ada@example.com', 'verify'));
  await heading(tab, 'Confirm your email address');
  await shoot(tab, 'verify');
  await press(tab, 'Confirm the address');
  await heading(tab, 'Your email address is confirmed');
  assert.equal(new URL(tab.url()).hash, '');
  await tab.getByRole('link', { name: 'Profile' }).click();
  await tab.getByText('It is confirmed.').waitFor();

  await press(tab, 'Log out');
  await heading(tab, 'Log in');
  await tab.getByRole('link', { name: 'Forgot your password?' }).click();
  await fill(tab, { 'Email address': 'ada@example.com' });
  await press(tab, 'Send the link');
  await heading(tab, 'Look into your mail');
  const first = await setup.link('ada@example.com', 'reset');
  await tab.goto(first);
  await heading(tab, 'Choose a new password');
  await shoot(tab, 'reset');
  await fill(tab, { 'New password': 'quartz-lantern-otter-91' });
  await press(tab, 'Change the password');
  await heading(tab, 'Your password was changed');
  await tab.getByRole('link', { name: 'Log in' }).click();
  await enter(tab, 'ada@example.com', 'seven quiet herons');
  await tab.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
  await enter(tab, 'ada@example.com', 'quartz-lantern-otter-91');
  await heading(tab, 'Profile');

  await fill(tab, { 'New email address': 'lovelace@example.com' });
  await press(tab, 'Change the email address');
  await tab.getByText('It changes to lovelace@example.com once').waitFor();
  await tab.getByText('Your address is ada@example.com.').waitFor();
  await shoot(tab, 'pending');
  await tab.goto(await setup.link('lovelace@example.com', 'verify'));
  await press(tab, 'Confirm the address');
  await heading(tab, 'Your email address is confirmed');
  await tab.getByRole('link', { name: 'Profile' }).click();
  await tab.getByText('Your address is lovelace@example.com. It is confirmed.').waitFor();

  await tab.goto(await setup.link('ada@example.com', 'undo'));
  await heading(tab, 'Take back the change of your email address');
  await shoot(tab, 'undo');
  await press(tab, 'Take the change back');
  await heading(tab, 'The change is taken back');
  await tab.goto(await setup.link('ada@example.com', 'reset', { last: first }));
  await fill(tab, { 'New password': 'another-lantern-otter-92' });
  await press(tab, 'Change the password');
  await heading(tab, 'Your password was changed');
  assert.equal(code(await setup.gatehouse.ask(logIn({ email: 'lovelace@example.com', password: 'another-lantern-otter-92' }))), 'INVALID_CREDENTIALS');
  assert.equal(code(await setup.gatehouse.ask(logIn({ email: 'ada@example.com', password: 'another-lantern-otter-92' }))), undefined);

  await tab.goto(first); // used
  await fill(tab, { 'New password': 'yet-another-otter-93' });
  await press(tab, 'Change the password');
  await tab.getByRole('alert').filter({ hasText: 'Ask for a new one' }).waitFor();
  await end(tab);
});

test('a person logs in with a code, and with the link in another tab', async () => {
  await register('bob@example.com');
  const tab = await setup.visit();
  const other = await tab.context().newPage();
  await other.goto(setup.page);
  await press(tab, 'Log in by mail');
  await fill(tab, { 'Email address': 'bob@example.com' });
  await press(tab, 'Send the link');
  await heading(tab, 'Look into your mail');
  await shoot(tab, 'code');
  const entered = await setup.link('bob@example.com', 'login', { code: true });
  await tab.reload(); // as phones do
  await fill(tab, { 'Code from the mail': entered === '00000000' ? '00000001' : '00000000' });
  await press(tab, 'Log in');
  await tab.getByRole('alert').filter({ hasText: 'Ask for a new one' }).waitFor();
  await fill(tab, { 'Code from the mail': `${entered.slice(0, 4)} ${entered.slice(4)}` });
  await press(tab, 'Log in');
  await heading(tab, 'Profile');
  await heading(other, 'Profile'); // the tabs share the session
  await press(other, 'Log out');
  await heading(tab, 'Log in');
  await end(tab);

  await register('cyd@example.com');
  const waits = await setup.visit();
  await press(waits, 'Log in by mail');
  await fill(waits, { 'Email address': 'cyd@example.com' });
  await press(waits, 'Send the link');
  const link = await waits.context().newPage();
  await link.goto(await setup.link('cyd@example.com', 'login'));
  await heading(link, 'Log in with this link');
  await shoot(link, 'login-link');
  await press(link, 'Log in');
  await heading(link, 'Profile');
  await heading(waits, 'Profile');
  await end(waits);
});

test('a link opened in another browser asks for the password, or takes the account over', async () => {
  await register('dan@example.com');
  const phone = await setup.visit();
  await phone.goto(await setup.link('dan@example.com', 'verify'));
  await press(phone, 'Confirm the address');
  await fill(phone, { Password: 'wrong wrong wrong' });
  await press(phone, 'Confirm the address');
  await phone.getByRole('alert').waitFor();
  await fill(phone, { Password: 'seven quiet herons' });
  await press(phone, 'Confirm the address');
  await heading(phone, 'Your email address is confirmed');
  await end(phone);

  await register('eve@example.com'); // by another person than the owner of the address
  const owner = await setup.visit();
  await owner.goto(await setup.link('eve@example.com', 'verify'));
  await press(owner, 'Confirm the address');
  await press(owner, 'I did not create this account');
  await heading(owner, 'Take over the account?');
  await shoot(owner, 'reclaim');
  await press(owner, 'Take over the account');
  await heading(owner, 'The account is yours');
  assert.equal(code(await setup.gatehouse.ask(logIn({ email: 'eve@example.com', password: 'seven quiet herons' }))), 'INVALID_CREDENTIALS');
  await end(owner);
});

test('problems are said beside the field, and it gets the focus', async () => {
  await register('fay@example.com');
  const tab = await setup.visit('#register');
  await fill(tab, { 'Email address': 'fay@example.com', Password: 'short' });
  await press(tab, 'Create an account');
  const field = tab.getByRole('textbox', { name: 'Password' });
  await tab.getByText('The password must have at least 12 characters.').waitFor();
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.equal(await field.evaluate((input) => input === document.activeElement), true);
  assert.match(await field.evaluate((input) => input.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id).textContent).join(' ')), /must have at least 12/);
  await shoot(tab, 'weak-password');
  await fill(tab, { Password: 'seven quiet herons' });
  await press(tab, 'Create an account');
  await tab.getByText('An account with this email address exists.').waitFor();
  await fill(tab, { 'Email address': 'fay2@example.com' });
  await press(tab, 'Create an account');
  await heading(tab, 'Profile');
  await end(tab);
});

test('the password is changed, sessions are ended, and the account is deleted', async () => {
  const { accessToken } = await register('gus@example.com');
  const me = async () => (await setup.gatehouse.ask('{ me { email } }', { headers: { authorization: `Bearer ${accessToken}` } })).status;
  const tab = await setup.visit('#sessions'); // leads there after the login
  await enter(tab, 'gus@example.com', 'seven quiet herons');
  await heading(tab, 'Sessions');
  await shoot(tab, 'sessions');
  assert.equal(await me(), 200);
  await tab.getByRole('button', { name: /^End the session/ }).click();
  await tab.getByText(/^The session of .+ has ended\.$/).waitFor();
  assert.equal(await me(), 401);
  await tab.getByText('You are logged in here only.').waitFor();

  await tab.getByRole('link', { name: 'Security' }).click();
  await heading(tab, 'Security');
  await fill(tab, { 'New password': 'quartz-lantern-otter-91' });
  await press(tab, 'Change the password');
  await tab.getByText('Your password is changed.').waitFor();
  await tab.reload();
  await heading(tab, 'Security'); // the cookie of the new tokens
  const login = () => setup.gatehouse.ask(logIn({ email: 'gus@example.com', password: 'quartz-lantern-otter-91' }));
  assert.equal(code(await login()), undefined);

  await tab.getByRole('link', { name: 'Profile' }).click();
  await tab.getByText('Delete the account', { exact: true }).click();
  await press(tab, 'Delete the account for ever');
  await heading(tab, 'Log in');
  assert.equal(code(await login()), 'INVALID_CREDENTIALS');
  await end(tab);
});

test('everything works by keyboard, and each page is announced', async () => {
  await register('hal@example.com');
  const tab = await setup.visit('', { locale: 'de-DE' });
  await heading(tab, 'Anmelden');
  assert.equal(await tab.evaluate(() => document.documentElement.lang), 'de');
  const { keyboard } = tab;
  const focused = () => tab.evaluate(() => document.activeElement.textContent || document.activeElement.name);
  const reach = async (name) => {
    for (let presses = 0; (await focused()) !== name; presses++) {
      assert.ok(presses < 20, `Tab reaches ${name}`);
      await keyboard.press('Tab');
    }
  };
  await reach('email');
  await keyboard.type('hal@example.com');
  await reach('password');
  await keyboard.type('wrong wrong wrong');
  await keyboard.press('Enter');
  await tab.getByRole('alert').filter({ hasText: 'Prüfen Sie beides' }).waitFor();
  await keyboard.press('Control+A');
  await keyboard.type('seven quiet herons');
  await keyboard.press('Enter');
  await heading(tab, 'Profil');
  assert.equal(await focused(), 'Profil');
  assert.equal(await tab.title(), 'Profil – Konto');
  await keyboard.press('Shift+Tab');
  for (let presses = 0; (await focused()) !== 'Sitzungen'; presses++) {
    assert.ok(presses < 10, 'Shift+Tab reaches the navigation');
    await keyboard.press('Shift+Tab');
  }
  await keyboard.press('Enter');
  await heading(tab, 'Sitzungen');
  assert.equal(await focused(), 'Sitzungen');
  await reach('Alle anderen Sitzungen beenden');
  await keyboard.press('Enter');
  await tab.getByText('Eine Sitzung ist beendet.').waitFor();
  await end(tab);
});

test('a link leads nowhere but to its button until that is pressed, and one of another purpose is refused', async () => {
  const tab = await setup.visit();
  for (const page of ['verify', 'undo', 'reset', 'login', 'register', 'invite']) {
    await tab.goto('about:blank');
    await tab.goto(`${setup.page}#${page}=nonsense`);
    await tab.getByRole('heading', { level: 1 }).waitFor();
    if (page === 'reset' || page === 'register' || page === 'invite') await tab.locator('input[name$=assword]').fill('seven quiet herons');
    await tab.locator('form button').click();
    await tab.getByRole('alert').waitFor();
  }
  await end(tab);
});

test('axe finds nothing wrong, light, dark and on a phone', async () => {
  await register('ivy@example.com');
  const tab = await setup.visit();
  const check = (page) => look(tab, page.replace('=', '-link'));
  const open = async (page, title) => {
    await tab.evaluate((to) => (location.hash = to), page);
    await heading(tab, title);
  };
  const strangers = {
    login: 'Log in', register: 'Create an account', forgot: 'Choose a new password', 'verify=': 'Confirm your email address', 'reset=': 'Choose a new password',
    'login=': 'Log in with this link', 'register=': 'Create your account', 'invite=': 'You are invited', 'undo=': 'Take back the change of your email address',
  };
  for (const [page, title] of Object.entries(strangers)) {
    await open(page.replace('=', '=proof'), title);
    await check(page);
  }
  await open('login', 'Log in');
  await enter(tab, 'ivy@example.com', 'seven quiet herons');
  await heading(tab, 'Profile');
  for (const [page, title] of Object.entries({ profile: 'Profile', security: 'Security', sessions: 'Sessions' })) {
    await open(page, title);
    if (page === 'sessions') await tab.getByRole('button', { name: /^End the session/ }).waitFor();
    await check(page);
  }
  await end(tab);
});

test('accounts are made by mail and by invitation, also where only documents with an id run', async () => {
  const folder = await temporaryFolder();
  after(() => rm(folder, { recursive: true }));
  const manifest = join(folder, 'manifest.json');
  await writeFile(manifest, '{"me-1":"query Me { me { email } }"}');
  await register('kim@example.com');
  await setup.gatehouse.restart({ REGISTRATION: 'by-email', EMAIL_VERIFICATION: 'optional', TRUSTED_DOCUMENTS: manifest, TRUSTED_DOCUMENTS_MODE: 'only' });
  const tab = await setup.visit();
  await tab.getByRole('link', { name: 'Create an account' }).click();
  await fill(tab, { 'Email address': 'lea@example.com' });
  await press(tab, 'Send the link');
  await tab.goto(await setup.link('lea@example.com', 'register'));
  await heading(tab, 'Create your account');
  await shoot(tab, 'register-link');
  await fill(tab, { Name: 'Lea', Password: 'seven quiet herons' });
  await press(tab, 'Create an account');
  await heading(tab, 'Profile');
  await tab.getByText('It is confirmed.').waitFor();
  await end(tab);

  await setup.gatehouse.command('user', 'invite', 'max@example.com');
  await setup.gatehouse.command('user', 'invite', 'kim@example.com');
  const fresh = await setup.visit();
  await fresh.goto(await setup.link('max@example.com', 'invite'));
  await heading(fresh, 'You are invited');
  await shoot(fresh, 'invitation');
  await fill(fresh, { Password: 'seven quiet herons' });
  await press(fresh, 'Accept the invitation');
  await heading(fresh, 'Profile');
  await fresh.getByText('You are logged in as max@example.com.').waitFor();

  await fresh.goto(await setup.link('kim@example.com', 'invite')); // while another person is logged in
  await press(fresh, 'Accept the invitation');
  await fresh.getByRole('alert').filter({ hasText: 'An account with this email address exists.' }).waitFor();
  await press(fresh, 'Log out');
  await press(fresh, 'I have an account already');
  await enter(fresh, 'kim@example.com', 'seven quiet herons');
  await press(fresh, 'Accept the invitation');
  await heading(fresh, 'Profile');
  await fresh.getByText('You are logged in as kim@example.com.').waitFor();
  await end(fresh);
});

test('where an address has to be confirmed, that comes before the first login', async () => {
  await setup.gatehouse.restart({ REGISTRATION: 'open', EMAIL_VERIFICATION: 'required', TRUSTED_DOCUMENTS: '', TRUSTED_DOCUMENTS_MODE: 'log' });
  const tab = await setup.visit('#register');
  await fill(tab, { 'Email address': 'jon@example.com', Password: 'seven quiet herons' });
  await press(tab, 'Create an account');
  await heading(tab, 'Look into your mail');
  const link = await setup.link('jon@example.com', 'verify');
  await tab.goto(`${setup.page}#login`);
  await enter(tab, 'jon@example.com', 'seven quiet herons');
  await tab.getByRole('alert').filter({ hasText: 'Open the link that we have sent' }).waitFor();
  await tab.goto(link);
  await press(tab, 'Confirm the address');
  await fill(tab, { Password: 'seven quiet herons' });
  await press(tab, 'Confirm the address');
  await heading(tab, 'Your email address is confirmed');
  await tab.getByRole('link', { name: 'Log in' }).click();
  await enter(tab, 'jon@example.com', 'seven quiet herons');
  await heading(tab, 'Profile');
  await end(tab);
});
