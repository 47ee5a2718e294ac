// The tab "Access", the requirements in the documentation, small screens, and accessibility.
// GATEHOUSE_URL, ADMIN_EMAIL, ADMIN_PASSWORD and SHOTS are as in explorer.test.mjs.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, openPage } from './page.mjs';

const { GATEHOUSE_URL, ADMIN_EMAIL, ADMIN_PASSWORD, SHOTS } = process.env;
const user = { email: `grace-${Date.now()}@example.com`, password: 'nine patient otters' };
const PHONE = { width: 390, height: 844 };

let browser;

before(async () => {
  browser = await launch();
  const page = await openPage(browser, GATEHOUSE_URL);
  await page.run('Register', { input: { ...user, name: 'Grace' } });
  await page.close();
});

after(() => browser?.close());

// A tab "Access" of a page.
class Access {
  constructor(page) {
    this.page = page;
    this.section = page.tab.getByRole('region', { name: 'Access' });
  }

  // decisions waits until the table of the operation is about these coordinates, and returns the
  // cells of its rows. After a change in an editor, the table is about the text before for a while.
  async decisions(...coordinates) {
    const table = 'Decisions on this operation';
    await this.page.tab.waitForFunction(([label, want]) => {
      const shown = [...document.querySelectorAll(`table[aria-label="${label}"] .coordinate`)].map((each) => each.textContent);
      return JSON.stringify(shown) === JSON.stringify(want);
    }, [table, coordinates]);
    return this.rows(table, coordinates.length);
  }

  async rows(table, count) {
    const rows = this.section.getByRole('table', { name: table }).locator('tbody tr');
    await this.page.tab.waitForFunction(([label, n]) => document.querySelectorAll(`table[aria-label="${label}"] tbody tr`).length === n, [table, count]);
    return Promise.all((await rows.all()).map(async (row) => (await row.locator('th, td').allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim())));
  }

  says(text) {
    return this.section.getByText(text).waitFor();
  }

  find(text) {
    return this.section.getByRole('searchbox', { name: 'Find a field' }).fill(text);
  }
}

async function open(options) {
  const page = await openPage(browser, GATEHOUSE_URL, options);
  return [page, new Access(page)];
}

const typed = (page, query) => page.type('Operation', query);

test('on a first visit, the tab is open, and says what the operation needs', async () => {
  const [page, access] = await open();
  await access.says('As a caller without a login');
  await typed(page, '{ me { id } users { nodes { email } } }');
  assert.deepEqual(await access.decisions('Query.me', 'Query.users', 'User.email'), [
    ['me Query.me', 'authentication or an app with email or an app with openid or an app with profile or an app with roles', '✕ Refused log in first'],
    ['users Query.users', 'scope read:users', '✕ Refused log in first'],
    ['users › nodes › email User.email', 'scope read:users or self or an app with email', '✕ Refused log in first'],
  ]);
  await access.says('Log in to see which of these you may reach.');
  await typed(page, '{ __typename }');
  await access.says('every caller may run it');
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('after a login, the verdicts are those of the user', async () => {
  const [page, access] = await open();
  await page.run('LogIn', { input: user });
  await access.says(`As ${user.email}`);
  await page.run('Viewer');
  await typed(page, 'query($id: ID!) { me { id } users { nodes { email } } user(id: $id) { id } }');
  await page.type('Variables', '{ "id": "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63" }');
  const rows = async () => (await access.decisions('Query.me', 'Query.users', 'User.email', 'Query.user')).map(([field, , verdict]) => `${field.split(' ').at(-1)}: ${verdict}`);
  const want = ['Query.me: ✓ Allowed', 'Query.users: ✕ Refused you lack scope read:users', 'User.email: ? Depends if it is your own', 'Query.user: ✕ Refused not your own'];
  await page.tab.getByText('not your own').waitFor();
  assert.deepEqual(await rows(), want);
  await access.find('Mutation.');
  await access.section.getByText('Mutation.revokeAllSessions').waitFor();
  await page.tab.waitForFunction(() => !document.querySelector('table[aria-label="Fields you may reach"]').innerText.includes('–'));
  const reach = Object.fromEntries((await access.rows('Fields you may reach', 42)).map(([field, , verdict]) => [field, verdict]));
  assert.deepEqual([reach['Mutation.changePassword'], reach['Mutation.updateUser'], reach['Mutation.revokeAllSessions']], ['✓ Allowed', '? Depends if it is your own', '✕ Refused']);

  await page.run('LogIn', { input: { email: ADMIN_EMAIL, password: ADMIN_PASSWORD } });
  await access.says(`As ${ADMIN_EMAIL}`);
  await page.tab.waitForFunction(() => !document.querySelector('table[aria-label="Fields you may reach"]').innerText.match(/–|Depends/));
  const refused = (await access.rows('Fields you may reach', 42)).filter(([, , verdict]) => verdict !== '✓ Allowed').map(([field]) => field);
  assert.deepEqual(refused, ['Mutation.deleteTotp', 'Mutation.deletePasskey']); // in a session of one factor
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('the scopes for applications and keys are listed', async () => {
  const [page, access] = await open();
  const rows = await access.rows('Scopes', 11);
  assert.deepEqual(rows.find(([scope]) => scope.startsWith('email')), ['email See your email address', 'Query.me User.email', 'one’s own']);
  assert.deepEqual(rows.find(([scope]) => scope.startsWith('delete:users')), ['delete:users Delete accounts', 'Mutation.deleteUser', 'everyone’s']);
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('what can’t be explained is said', async () => {
  const [page, access] = await open();
  const tests = [['{ nothing }', /nothing|field/i], ['{ me', /syntax|expected|unexpected/i], ['# nothing yet', /Write an operation/], ['query A { me { id } } query B { viewer { id } }', /operation/i]];
  for (const [query, want] of tests) {
    await typed(page, query);
    await access.section.getByRole('status').filter({ hasText: want }).first().waitFor();
  }
  await typed(page, '{ me { id } }');
  await page.type('Variables', '[1]');
  await access.says('The variables are not a JSON object.');
  await page.type('Variables', '{}');
  await access.decisions('Query.me');
  await access.find('no such');
  await access.says('No guarded field has this name.');
  await access.find('Query.accessAs');
  assert.deepEqual(await access.rows('Fields you may reach', 1), [['Query.accessAs', 'role admin', '–']]);
  await page.close();
});

test('the keyboard opens and closes the tab, and reaches its field', async () => {
  const [page, access] = await open();
  await page.tab.getByRole('button', { name: 'Hide Access' }).focus();
  await page.tab.keyboard.press('Enter');
  await access.section.waitFor({ state: 'detached' });
  await page.reload();
  assert.equal(await access.section.count(), 0, 'it stays closed');
  await page.tab.getByRole('button', { name: 'Show Access' }).focus();
  await page.tab.keyboard.press('Enter');
  await access.section.waitFor();
  for (let i = 0; i < 12; i++) {
    await page.tab.keyboard.press('Tab');
    if (await page.tab.evaluate(() => document.activeElement.matches('.access input'))) break;
  }
  await page.tab.keyboard.type('Query.me');
  assert.deepEqual((await access.rows('Fields you may reach', 1))[0].slice(0, 2), ['Query.me', 'authentication (apps: email or openid or profile or roles)']);
  await page.reload();
  await access.section.waitFor();
  await page.close();
});

test('the lists of the documentation show what a field needs', async () => {
  const [page] = await open();
  await page.tab.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const docs = page.tab.locator('.graphiql-doc-explorer');
  await docs.getByRole('link', { name: 'Query', exact: true }).click();
  const item = (name) => docs.locator('.graphiql-doc-explorer-item', { has: page.tab.getByRole('link', { name, exact: true }) });
  assert.match(await item('users').innerText(), /requires scope read:users The accounts, oldest first/);
  assert.match(await item('me').innerText(), /requires authentication \(apps: email or openid or profile or roles\) The caller's account/);
  assert.doesNotMatch(await item('access').first().innerText(), /requires/);
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('without introspection, the tab still explains operations', async () => {
  const [page, access] = await open({ introspection: false });
  await typed(page, '{ me { id } }');
  assert.deepEqual((await access.decisions('Query.me'))[0][1], 'authentication or an app with email or an app with openid or an app with profile or an app with roles');
  await page.close();
});

test('at 390 pixels, everything is within reach of a thumb', async () => {
  const [page, access] = await open({ viewport: PHONE });
  assert.equal(await access.section.count(), 0, 'the operation comes first');
  await page.run('LogIn', { input: user });
  await page.run('Users');
  const box = (selector) => page.tab.locator(selector).first().boundingBox();
  await page.tab.getByRole('button', { name: 'Show Access' }).click();
  await access.decisions('Query.users', 'User.email');
  for (const selector of ['.access', '.graphiql-query-editor', '.graphiql-response', '.graphiql-execute-button', '#log-out', '.graphiql-sidebar']) {
    const { x, width } = await box(selector);
    assert.ok(x >= 0 && x + width <= PHONE.width, `${selector}: ${x} to ${x + width}`);
  }
  const [editor, answer] = [await box('.graphiql-editors'), await box('.graphiql-response')];
  assert.ok(editor.width > 340 && answer.width > 340 && answer.y >= editor.y + editor.height, 'the answer is below the operation');
  assert.equal(await page.tab.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
  if (SHOTS) await page.tab.screenshot({ path: join(SHOTS, '9-phone.png'), fullPage: true });
  assert.deepEqual(page.faults, []);
  await page.close();
});

// GraphiQL's tabs and editors have faults of their own.
const THEIRS = /\.graphiql-tab|li:nth-child|\.CodeMirror/;

test('axe finds nothing wrong on the page, except in GraphiQL', async () => {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  for (const [name, options] of Object.entries({ light: {}, dark: { colorScheme: 'dark' }, phone: { viewport: PHONE } })) {
    const [page, access] = await open(options);
    const check = async (what) => {
      const { violations, passes } = await page.tab.evaluate(() => globalThis.axe.run());
      const ours = violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} at ${target}`)).filter((each) => !THEIRS.test(each));
      assert.deepEqual([ours, passes.length > 10], [[], true], `${name}, ${what}`);
    };
    await page.tab.evaluate(axe);
    if (name === 'phone') await page.tab.getByRole('button', { name: 'Show Access' }).click();
    await access.section.waitFor();
    await page.run('LogIn', { input: user });
    await page.run('Users');
    await access.decisions('Query.users', 'User.email');
    await check('a refusal');
    if (name === 'light') {
      await page.tab.getByText('Token', { exact: true }).click();
      await check('the token');
    }
    await page.tab.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.tab.locator('.graphiql-doc-explorer').getByRole('link', { name: 'Query', exact: true }).click();
    if (name !== 'phone') await check('the documentation');
    if (SHOTS) await page.tab.screenshot({ path: join(SHOTS, `10-documentation-${name}.png`) });
    await page.close();
  }
});
