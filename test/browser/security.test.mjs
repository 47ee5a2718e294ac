// The page on which people set up what they log in with, and the logins after that.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { code, logIn } from '../service.mjs';
import { end, fill, heading, look, press, start } from './account.mjs';
import { addAuthenticator } from './authenticator.mjs';
import { totp, wrong } from './totp.mjs';

const PASSWORD = 'seven quiet herons';

let setup;
before(async () => {
  setup = await start((url) => ({ PUBLIC_URL: url, EMAIL_VERIFICATION: 'optional', LOGIN_METHODS: 'password,email,passkey', SECOND_FACTOR: 'optional' }));
});
after(() => setup?.close());

const register = (email) => setup.gatehouse.register({ email, password: PASSWORD });

async function enter(tab, email) {
  await heading(tab, 'Log in');
  await fill(tab, { 'Email address': email, Password: PASSWORD });
  await press(tab, 'Log in');
}

// open logs in, and opens the page.
async function open(email, options) {
  await register(email);
  const tab = await setup.visit('#security', options);
  const device = await addAuthenticator(tab);
  await device.answer(false); // or the browser would log in with the first passkey by itself
  await enter(tab, email);
  await heading(tab, 'Security');
  return { tab, device };
}

const focused = (tab) => tab.evaluate(() => document.activeElement.textContent || document.activeElement.name);

// setUpApp turns on an authenticator app, and returns its secret.
async function setUpApp(tab) {
  await press(tab, 'Set up an app');
  const secret = (await tab.locator('code').first().textContent()).replace(/ /g, '');
  await fill(tab, { 'Code from your authenticator app': await totp(secret, -1) });
  await press(tab, 'Turn on');
  await tab.getByText('From now on you need its codes').waitFor();
  return secret;
}

async function addPasskey(tab, device, name) {
  await device.answer(true);
  await fill(tab, { 'Name of the passkey': name });
  await press(tab, 'Add a passkey');
  await tab.getByText(`The passkey ${name} is added.`).waitFor();
  await device.answer(false);
}

test('a person sets up an app, logs in with its code, and with a recovery code', async () => {
  const { tab } = await open('ada@example.com');
  await look(tab, 'security');
  await press(tab, 'Set up an app');
  const picture = tab.getByRole('img', { name: 'QR code for the authenticator app.' });
  await picture.waitFor();
  assert.ok((await picture.locator('path').getAttribute('d')).length > 2000);
  const secret = (await tab.locator('code').first().textContent()).replace(/ /g, '');
  assert.match(secret, /^[A-Z2-7]{32}$/);
  await look(tab, 'app');
  const field = tab.getByLabel('Code from your authenticator app');
  assert.equal(await field.getAttribute('autocomplete'), 'one-time-code');
  assert.equal(await field.getAttribute('inputmode'), 'numeric');
  await field.fill(await wrong(secret));
  await press(tab, 'Turn on');
  await tab.getByText('This code is wrong or was used already.').waitFor();
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.equal(await field.evaluate((input) => input === document.activeElement && input.selectionEnd), 6);
  const first = await totp(secret, -1);
  await field.fill(`${first.slice(0, 3)} ${first.slice(3)}`);
  await press(tab, 'Turn on');
  await tab.getByText('From now on you need its codes').waitFor();
  assert.match(await focused(tab), /From now on/);

  await tab.getByText('You have none.').waitFor();
  await press(tab, 'Make recovery codes');
  const shown = tab.getByRole('listitem').locator('code');
  await tab.getByRole('heading', { name: /^Recovery codes for localhost/ }).waitFor();
  const codes = await shown.allTextContents();
  assert.equal(new Set(codes).size, 10);
  for (const each of codes) assert.match(each, /^[0-9A-Z]{5}(-[0-9A-Z]{5}){4}$/);
  await look(tab, 'recovery-codes');
  const download = tab.waitForEvent('download');
  await press(tab, 'Download');
  const file = readFileSync(await (await download).path(), 'utf8');
  for (const each of codes) assert.ok(file.includes(each));
  await tab.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await press(tab, 'Copy');
  await tab.getByText('The codes are copied.').waitFor();
  assert.equal(await tab.evaluate(() => navigator.clipboard.readText()), codes.join('\n'));
  await press(tab, 'I have kept them');
  await tab.getByText('10 are left.').waitFor();
  assert.equal(await shown.count(), 0);

  await press(tab, 'Log out');
  await enter(tab, 'ada@example.com');
  await heading(tab, 'One more step');
  assert.equal(await focused(tab), 'One more step');
  await look(tab, 'challenge');
  await fill(tab, { 'Code from your authenticator app': first });
  await press(tab, 'Continue');
  await tab.getByText('This code is wrong or was used already.').waitFor();
  await tab.reload(); // as phones do, while their owner is in the app
  await heading(tab, 'One more step');
  await fill(tab, { 'Code from your authenticator app': await totp(secret) });
  await press(tab, 'Continue');
  await heading(tab, 'Security'); // where it began

  await press(tab, 'Log out');
  await enter(tab, 'ada@example.com');
  await press(tab, 'Enter a recovery code instead');
  await tab.waitForFunction(() => document.activeElement.name === 'recoveryCode');
  await fill(tab, { 'Recovery code': codes[0].replace(/.$/, (last) => (last === '0' ? '1' : '0')) });
  await press(tab, 'Continue');
  await tab.getByText('This recovery code is wrong').waitFor();
  await look(tab, 'challenge-refused');
  await fill(tab, { 'Recovery code': codes[0].toLowerCase() });
  await press(tab, 'Continue');
  await heading(tab, 'Security');
  await tab.getByText('9 are left.').waitFor();

  await tab.getByText('Remove the app', { exact: true }).first().click();
  await press(tab, 'Remove the app');
  await tab.getByText('The authenticator app is removed.').waitFor();
  assert.equal(code(await setup.gatehouse.ask(logIn({ email: 'ada@example.com', password: PASSWORD }))), undefined);
  await end(tab);
});

test('a login that waits for its factor ends after too many codes, or is given up', async () => {
  const { tab } = await open('bob@example.com');
  const secret = await setUpApp(tab);
  await press(tab, 'Log out');
  await enter(tab, 'bob@example.com');
  await press(tab, 'Cancel');
  await heading(tab, 'Log in');
  await tab.reload();
  await enter(tab, 'bob@example.com');
  const answer = await wrong(secret);
  for (let tries = 0; tries < 6; tries++) {
    await fill(tab, { 'Code from your authenticator app': answer });
    await press(tab, 'Continue');
    await tab.getByText(tries < 5 ? 'This code is wrong' : 'there were too many attempts').waitFor();
  }
  await heading(tab, 'Log in');
  await end(tab);
});

test('a link in a mail is followed by the factor, too', async () => {
  const { tab } = await open('cyd@example.com');
  await tab.goto(await setup.link('cyd@example.com', 'verify')); // or the link would take the account over
  await press(tab, 'Confirm the address');
  await fill(tab, { Password: PASSWORD });
  await press(tab, 'Confirm the address');
  await heading(tab, 'Your email address is confirmed');
  await tab.goto(`${setup.page}#security`);
  await heading(tab, 'Security');
  const secret = await setUpApp(tab);
  await press(tab, 'Log out');
  await press(tab, 'Log in by mail');
  await fill(tab, { 'Email address': 'cyd@example.com' });
  await press(tab, 'Send the link');
  await tab.goto(await setup.link('cyd@example.com', 'login'));
  await heading(tab, 'Log in with this link');
  await press(tab, 'Log in');
  await heading(tab, 'One more step');
  await fill(tab, { 'Code from your authenticator app': await totp(secret) });
  await press(tab, 'Continue');
  await heading(tab, 'Profile');
  await tab.getByText('You are logged in as cyd@example.com.').waitFor();
  await end(tab);
});

test('a person adds passkeys, logs in with them, renames and removes them', async () => {
  const { tab, device } = await open('dan@example.com');
  await addPasskey(tab, device, 'Phone');
  assert.equal((await device.passkeys()).length, 1);
  await look(tab, 'passkeys');
  await fill(tab, { 'Name of the passkey': 'Again' });
  await device.answer(true);
  await press(tab, 'Add a passkey');
  await tab.getByText('This device has a passkey of your account already.').waitFor();
  const [{ userName, userDisplayName }] = await device.passkeys();
  assert.equal(userName, 'dan@example.com');
  await tab.getByRole('link', { name: 'Profile' }).click();
  await fill(tab, { Name: 'Daniel' });
  await press(tab, 'Save the name');
  await tab.getByText('Your name is saved.').waitFor();
  for (let known = userDisplayName; known !== 'Daniel'; [{ userDisplayName: known }] = await device.passkeys()) await tab.waitForTimeout(50); // the device is told
  await tab.getByRole('link', { name: 'Security' }).click();
  await press(tab, 'Rename Phone');
  await tab.waitForFunction(() => document.activeElement.value === 'Phone');
  await tab.getByLabel('Name of the passkey').first().fill('Mobile');
  await press(tab, 'Save the name');
  await tab.getByText('The passkey is called Mobile now.').waitFor();
  await tab.getByText('Not used yet.').waitFor();

  await device.answer(false);
  await press(tab, 'Log out');
  await heading(tab, 'Log in');
  assert.equal(await tab.getByLabel('Email address').getAttribute('autocomplete'), 'username webauthn');
  await device.refuse(true);
  await device.answer(true);
  await press(tab, 'Log in with a passkey');
  await tab.getByText('No passkey was used.').waitFor();
  await device.refuse(false);
  await press(tab, 'Log in with a passkey');
  await heading(tab, 'Security');
  await tab.getByText(/Last used/).waitFor();

  await device.answer(false);
  await press(tab, 'Log out');
  await enter(tab, 'dan@example.com'); // the password needs the second factor, which the passkey is
  await heading(tab, 'One more step');
  await device.answer(true);
  await press(tab, 'Use a passkey');
  await heading(tab, 'Security');

  await press(tab, 'Remove Mobile');
  await look(tab, 'removing');
  await press(tab, 'Remove Mobile');
  await tab.getByText('The passkey Mobile is removed.').waitFor();
  assert.deepEqual(await device.passkeys(), []); // the device was told
  await end(tab);
});

test('the browser offers passkeys beside the address, without a button', async () => {
  const { tab, device } = await open('eve@example.com');
  await addPasskey(tab, device, 'Laptop');
  await press(tab, 'Log out');
  await heading(tab, 'Log in');
  await device.answer(true); // the person chooses it
  await tab.reload();
  await heading(tab, 'Security');
  await tab.getByText('You are logged in as eve@example.com.').waitFor();
  await end(tab);
});

test('a passkey that the service does not know is refused, and another way is open', async () => {
  const { tab, device } = await open('fay@example.com');
  await addPasskey(tab, device, 'Tablet');
  const [passkey] = await device.passkeys();
  await press(tab, 'Remove Tablet');
  await press(tab, 'Remove Tablet');
  await tab.getByText('The passkey Tablet is removed.').waitFor();
  await device.add(passkey);
  await press(tab, 'Log out');
  await heading(tab, 'Log in');
  await device.answer(true);
  await press(tab, 'Log in with a passkey');
  await tab.getByText('This passkey was not accepted.').first().waitFor(); // also beside the address, where the device answers by itself
  await device.answer(false);
  await enter(tab, 'fay@example.com');
  await heading(tab, 'Security');
  await end(tab);
});

test('a browser without passkeys says so, and offers what else there is', async () => {
  const { tab, device } = await open('ida@example.com');
  await addPasskey(tab, device, 'Phone');
  const script = () => delete PublicKeyCredential.parseRequestOptionsFromJSON;
  const older = await setup.visit('#security', { script });
  await heading(older, 'Log in');
  assert.equal(await older.getByRole('button', { name: 'Log in with a passkey' }).count(), 0);
  assert.equal(await older.getByLabel('Email address').getAttribute('autocomplete'), 'username');
  await enter(older, 'ida@example.com');
  await heading(older, 'One more step');
  await older.getByText('This browser can’t give what your account needs.').waitFor();
  await look(older, 'challenge-impossible');
  await end(older);

  const secret = await setUpApp(tab);
  const next = await setup.visit('#security', { script });
  await enter(next, 'ida@example.com');
  await fill(next, { 'Code from your authenticator app': await totp(secret) });
  assert.equal(await next.getByText('Use a passkey instead').count(), 0);
  await press(next, 'Continue');
  await heading(next, 'Security');
  await next.getByText('This browser can’t make passkeys.').waitFor();
  await end(next);
  await end(tab);
});

test('everything works by keyboard, in German', async () => {
  const email = 'gil@example.com';
  await register(email);
  const tab = await setup.visit('#security', { locale: 'de-DE' });
  const { keyboard } = tab;
  const reach = async (name, least = 0) => {
    for (let presses = 0; presses < least || (await focused(tab)) !== name; presses++) {
      assert.ok(presses < 40, `Tab reaches ${name}`);
      await keyboard.press('Tab');
    }
  };
  await heading(tab, 'Anmelden');
  await reach('email');
  await keyboard.type(email);
  await reach('password');
  await keyboard.type(PASSWORD);
  await keyboard.press('Enter');
  await heading(tab, 'Sicherheit');
  await tab.getByText('App einrichten').waitFor();
  await reach('App einrichten');
  await keyboard.press('Enter');
  await tab.waitForFunction(() => document.activeElement.name === 'totp');
  const secret = (await tab.locator('code').first().textContent()).replace(/ /g, '');
  await keyboard.type(await totp(secret, -1));
  await keyboard.press('Enter');
  await tab.getByText('Von jetzt an brauchen Sie ihre Codes').waitFor();
  await reach('Wiederherstellungscodes erzeugen');
  await keyboard.press('Enter');
  await tab.waitForFunction(() => document.activeElement.textContent.startsWith('Wiederherstellungscodes für'));
  await reach('Ich habe sie aufgehoben');
  await keyboard.press('Enter');
  await tab.getByText('10 sind übrig.').waitFor();
  await press(tab, 'Abmelden');
  await heading(tab, 'Anmelden');
  await reach('email');
  await keyboard.type(email);
  await reach('password');
  await keyboard.type(PASSWORD);
  await keyboard.press('Enter');
  await heading(tab, 'Noch ein Schritt');
  await reach('totp');
  await keyboard.type(await totp(secret));
  await keyboard.press('Enter');
  await heading(tab, 'Sicherheit');
  await end(tab);
});

test('where a second factor is demanded, a new account is led to set one up', async () => {
  await setup.gatehouse.restart({ SECOND_FACTOR: 'required' });
  const tab = await setup.visit('#register');
  await fill(tab, { 'Email address': 'hal@example.com', Password: PASSWORD });
  await press(tab, 'Create an account');
  await heading(tab, 'Security');
  await tab.getByText('This service asks for a second factor.').waitFor();
  await look(tab, 'required');
  const secret = await setUpApp(tab);
  assert.equal(await tab.getByText('This service asks for a second factor.').count(), 0);
  await tab.getByRole('link', { name: 'Profile' }).click();
  await heading(tab, 'Profile');
  await fill(tab, { Name: 'Hal' });
  await press(tab, 'Save the name');
  await tab.getByText('Your name is saved.').waitFor();
  await press(tab, 'Log out');
  await enter(tab, 'hal@example.com');
  await fill(tab, { 'Code from your authenticator app': await totp(secret) });
  await press(tab, 'Continue');
  await heading(tab, 'Profile');
  await end(tab);
});

test('a passkey is the second factor that is demanded, too', async () => {
  await setup.gatehouse.restart({ SECOND_FACTOR: 'required' });
  const tab = await setup.visit('#register');
  const device = await addAuthenticator(tab);
  await fill(tab, { 'Email address': 'jan@example.com', Password: PASSWORD });
  await press(tab, 'Create an account');
  await tab.getByText('This service asks for a second factor.').waitFor();
  await addPasskey(tab, device, 'Phone');
  assert.equal(await tab.getByText('This service asks for a second factor.').count(), 0);
  await press(tab, 'Remove Phone');
  await press(tab, 'Remove Phone');
  await tab.getByRole('alert').waitFor(); // it is the last one
  await tab.reload();
  await tab.getByText(/^Added/).waitFor();
  await end(tab);
});
