// A newcomer follows the README, then opens the explorer: its tabs must work for the user who was
// registered with curl. GATEHOUSE_URL, ADMIN_EMAIL and ADMIN_PASSWORD are as in explorer.test.mjs.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, openPage } from './page.mjs';

const { GATEHOUSE_URL, ADMIN_EMAIL, ADMIN_PASSWORD } = process.env;
const ADA = 'ada@example.com';

let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

async function ask(query, { variables, token } = {}) {
  const response = await fetch(new URL('/graphql', GATEHOUSE_URL), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

// deleteAda deletes the account that an earlier run left in the database.
async function deleteAda() {
  const { data } = await ask('mutation($input: LoginInput!) { login(input: $input) { accessToken } }', { variables: { input: { email: ADMIN_EMAIL, password: ADMIN_PASSWORD } } });
  const token = data.login.accessToken;
  const users = await ask('query($email: String) { users(filter: { email: $email }) { nodes { id } } }', { variables: { email: ADA }, token });
  for (const { id } of users.data.users.nodes) await ask('mutation($id: ID!) { deleteUser(id: $id) }', { variables: { id }, token });
}

// registration returns the first request that the README sends with curl.
async function registration() {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
  const [, body] = readme.match(/-d '(\{.*?\})'/s);
  return JSON.parse(body);
}

test('after the README’s first steps, the explorer’s first tab logs the user in', async () => {
  await deleteAda();
  const { query, variables } = await registration();
  assert.equal((await ask(query, { variables })).data.register.user.email, ADA);

  const page = await openPage(browser, GATEHOUSE_URL);
  const { data, errors } = await page.execute(); // the first tab, as it is
  assert.deepEqual([errors, data.login.user.email], [undefined, ADA]);
  assert.equal(await page.who(), `Signed in as ${ADA} user`);
  assert.equal((await page.run('Me')).data.me.email, ADA);
  assert.equal((await page.run('Users')).errors[0].extensions.code, 'FORBIDDEN');
  assert.deepEqual(page.faults, []);
  await page.close();
});

test('without them, the next tab registers the same user', async () => {
  await deleteAda();
  const page = await openPage(browser, GATEHOUSE_URL);
  assert.equal((await page.execute()).errors[0].extensions.code, 'INVALID_CREDENTIALS');
  assert.equal((await page.run('Register')).data.register.user.email, ADA);
  assert.equal((await page.run('LogIn')).data.login.user.email, ADA);
  assert.deepEqual(page.faults, []);
  await page.close();
});
