// The second factor on the pages for logging in to an application, in a real browser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { ada, bob, register, request, start } from './application.mjs';
import { fill, press, shoot } from './account.mjs';
import { addAuthenticator } from './authenticator.mjs';
import { totp, wrong } from './totp.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let setup;
let app; // an application's id
let secret; // of Ada's authenticator app
let codes; // Ada's recovery codes
let context;
let tab;

before(async () => {
  setup = await start({ LOGIN_METHODS: 'password,passkey', SECOND_FACTOR: 'optional' });
  app = await register(setup);
  const page = await (await setup.browser.newContext({ locale: 'en-US' })).newPage();
  await page.goto(`${setup.url}/account#security`);
  await fill(page, { 'Email address': ada.email, Password: ada.password });
  await press(page, 'Log in');
  await press(page, 'Set up an app');
  secret = (await page.locator('code').first().textContent()).replace(/ /g, '');
  await fill(page, { 'Code from your authenticator app': await totp(secret, -1) });
  await press(page, 'Turn on');
  await press(page, 'Make recovery codes');
  await page.getByRole('listitem').locator('code').first().waitFor();
  codes = await page.getByRole('listitem').locator('code').allTextContents();
  await page.context().close();
});
after(() => setup?.close());
beforeEach(async () => {
  setup.site.answers.length = 0;
  context = await setup.browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-US' });
  tab = await context.newPage();
  tab.faults = [];
  tab.on('console', (message) => /Content Security Policy|TrustedScript|TrustedHTML/.test(message.text()) && tab.faults.push(message.text()));
});
afterEach(async () => {
  assert.deepEqual(tab.faults, []);
  await context.close();
});

const heading = (name) => tab.getByRole('heading', { level: 1, name, exact: true }).waitFor();
const atApplication = () => tab.getByRole('heading', { name: 'The application' }).waitFor();

async function logIn(user) {
  await tab.goto(request(setup, app));
  await fill(tab, { 'Email address': user.email, Password: user.password });
  await press(tab, 'Log in');
}

// look checks a page with axe, light and dark, and takes pictures of it.
async function look(name) {
  await tab.evaluate(AXE);
  for (const colorScheme of ['light', 'dark']) {
    await tab.emulateMedia({ colorScheme });
    await shoot(tab, `sign-in-${name}-${colorScheme}`);
    const { violations, passes } = await tab.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0].html}`), []);
    assert.ok(passes.length > 10);
  }
  await tab.setViewportSize({ width: 390, height: 844 });
  assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the screen`);
  await tab.setViewportSize({ width: 1280, height: 720 });
}

test('after the password comes the code, and a wrong one is said', async () => {
  await logIn(ada);
  await heading('Second factor');
  const field = tab.getByLabel('Code from your authenticator app');
  assert.equal(await field.getAttribute('autocomplete'), 'one-time-code');
  await tab.waitForFunction(() => document.activeElement.id === 'totp');
  await look('challenge');
  await field.fill(await wrong(secret));
  await press(tab, 'Log in');
  assert.match(await tab.getByRole('alert').textContent(), /wrong/);
  assert.equal(setup.site.answers.length, 0);
  await look('challenge-refused');
  await tab.waitForFunction(() => document.activeElement.id === 'totp');
  await tab.keyboard.type(await totp(secret));
  await tab.keyboard.press('Enter');
  await heading('Sunny Calendar wants to use your account');
  await press(tab, 'Allow');
  await atApplication();
  assert.ok(setup.site.answers[0].code);
});

test('a recovery code is enough, once', async () => {
  await logIn(ada);
  await tab.getByText('Enter a recovery code instead').click();
  await look('recovery-code');
  await fill(tab, { 'Recovery code': codes[0].toLowerCase() });
  await press(tab, 'Use a recovery code');
  await atApplication();

  await context.clearCookies();
  await logIn(ada);
  await tab.getByText('Enter a recovery code instead').click();
  await fill(tab, { 'Recovery code': codes[0] });
  await press(tab, 'Use a recovery code');
  assert.match(await tab.getByRole('alert').textContent(), /was used already/);
  await tab.waitForFunction(() => document.activeElement.id === 'recovery_code'); // it is still open
  await fill(tab, { 'Recovery code': codes[1] });
  await press(tab, 'Use a recovery code');
  await atApplication();
});

test('after too many codes the person logs in again', async () => {
  await logIn(ada);
  const code = await wrong(secret);
  for (let tries = 1; tries <= 5; tries++) {
    await heading('Second factor');
    await fill(tab, { 'Code from your authenticator app': code });
    await press(tab, 'Log in');
    await tab.getByRole('alert').filter({ hasText: tries < 5 ? 'The code is wrong' : 'too often. Log in again.' }).waitFor();
  }
  await heading('Log in');
  assert.equal(setup.site.answers.length, 0);
});

test('a passkey is the second factor, and the page says if the browser has none', async () => {
  const device = await addAuthenticator(tab);
  await device.answer(false);
  await tab.goto(`${setup.url}/account#security`);
  await fill(tab, { 'Email address': bob.email, Password: bob.password });
  await press(tab, 'Log in');
  await device.answer(true);
  await fill(tab, { 'Name of the passkey': 'Phone' });
  await press(tab, 'Add a passkey');
  await tab.getByText('The passkey Phone is added.').waitFor();

  await logIn(bob);
  await heading('Second factor');
  await look('passkey');
  await device.refuse(true);
  await press(tab, 'Use a passkey');
  await tab.getByRole('alert').filter({ hasText: 'No passkey was used.' }).waitFor();
  await device.refuse(false);
  await press(tab, 'Use a passkey');
  await tab.getByRole('heading', { name: 'Sunny Calendar wants to use your account' }).waitFor();
  await press(tab, 'Allow');
  await atApplication();
  assert.ok(setup.site.answers[0].code);

  const plain = await setup.browser.newContext({ javaScriptEnabled: false, locale: 'en-US' });
  const page = await plain.newPage();
  await page.goto(request(setup, app));
  await fill(page, { 'Email address': bob.email, Password: bob.password });
  await press(page, 'Log in');
  await page.getByText("which this browser can't use").waitFor();
  assert.equal(await page.getByRole('button').count(), 0);
  await plain.close();
});

test('a person who lacks the factor that is demanded is led to where it is set up', async () => {
  const cyd = { email: 'cyd@example.com', password: 'plenty-of-otters-17' };
  await setup.gatehouse.register(cyd);
  await setup.gatehouse.restart({ SECOND_FACTOR: 'required' });
  await logIn(cyd);
  assert.match(await tab.getByRole('alert').textContent(), /needs a second factor/);
  await look('demanded');
  await tab.getByRole('link', { name: 'Set up a second factor' }).click();
  await fill(tab, { 'Email address': cyd.email, Password: cyd.password });
  await press(tab, 'Log in');
  await tab.getByText('This service asks for a second factor.').waitFor();
  await press(tab, 'Set up an app');
  const secret = (await tab.locator('code').first().textContent()).replace(/ /g, '');
  await fill(tab, { 'Code from your authenticator app': await totp(secret, -1) });
  await press(tab, 'Turn on');
  await tab.getByText('From now on you need its codes').waitFor();

  await logIn(cyd);
  await fill(tab, { 'Code from your authenticator app': await totp(secret) });
  await press(tab, 'Log in');
  await press(tab, 'Allow');
  await atApplication();
  assert.ok(setup.site.answers[0].code);
});
