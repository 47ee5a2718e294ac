// Relay, which is not ours, as docs/clients.md sets it up: its compiler takes our schema, and its store our answers.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { startService } from '../service.mjs';
import { Project } from './page.mjs';
import { person } from './verifier.mjs';

const require = createRequire(import.meta.url);
const { fetchQuery, getSelector } = require('relay-runtime');

const PEOPLE = 5; // on three pages of two

// relayProject is the page's project, compiled by relay-compiler. The artifacts import each other as CommonJS does.
async function relayProject(t, service) {
  const project = await Project.of(t, service, 'relay.config.json', 'users.ts', 'environment.ts', 'session.ts');
  await project.write('package.json', JSON.stringify({ type: 'commonjs' }));
  await project.write('schema.graphql', await service.command('schema', 'print'));
  await project.run('relay-compiler');
  return project;
}

test('Relay', { timeout: 300_000 }, async (t) => {
  const service = await startService({ ADMIN_EMAIL: person.email, ADMIN_PASSWORD: person.password });
  t.after(() => service.stop());
  for (let n = 2; n <= PEOPLE; n++) await service.command('user', 'create', `person-${n}@example.com`, '--name', `Person ${n}`);
  const project = await relayProject(t, service);
  const artifacts = ['usersQuery', 'usersNextQuery', 'users_page', 'users_name'].map((name) => `__generated__/${name}.graphql`);
  await project.compile('users.ts', 'environment.ts', ...artifacts.map((name) => `${name}.ts`));
  const load = (name) => require(join(project.folder, 'out', name));
  const [usersQuery, usersNextQuery, userPage, userName] = artifacts.map((name) => load(`${name}.js`).default);
  const [{ environment }, { session }] = [load('environment'), load('session')];
  const ask = (query, variables = {}) => fetchQuery(environment, query, variables).toPromise();
  const show = (fragment, data) => environment.lookup(getSelector(fragment, data)).data;
  const { data } = await service.ask(`mutation { login(input: { email: "${person.email}", password: "${person.password}" }) { accessToken refreshToken } }`);

  await t.test('a refused field is null, and the rest is there', async () => {
    const { accessToken } = await service.register({ email: 'nobody@example.com', password: person.password });
    session.pair = { accessToken };
    const answer = await ask(usersQuery);
    assert.deepEqual([answer.viewer.scopes, answer.me.email, show(userPage, answer).users], [[], 'nobody@example.com', null]);
  });

  await t.test('pages of a connection come together in the store', async () => {
    session.pair = data.login;
    const answer = await ask(usersQuery);
    assert.equal(answer.me.email, person.email);
    for (const count of [2, 4, 6]) {
      const { users } = show(userPage, answer);
      const shown = users.edges.map(({ node }) => show(userName, node));
      assert.equal(shown.length, count);
      assert.equal(new Set(shown.map(({ email }) => email)).size, count);
      assert.equal(users.pageInfo.hasNextPage, count < 6);
      if (users.pageInfo.hasNextPage) await ask(usersNextQuery, { count: 2, cursor: users.pageInfo.endCursor });
    }
  });

  await t.test('objects stand in the store once, by type and id', async () => {
    const source = environment.getStore().getSource();
    const count = (type) => source.getRecordIDs().filter((id) => source.get(id)?.__typename === type).length;
    assert.deepEqual([count('User'), count('Viewer')], [PEOPLE + 1, 2]);
  });
});

test('documents that relay-compiler persists', { timeout: 300_000 }, async (t) => {
  const service = await startService();
  t.after(() => service.stop());
  const project = await relayProject(t, service);
  const config = JSON.parse(await project.read('relay.config.json'));
  await project.write('relay.config.json', JSON.stringify({ ...config, persistConfig: { file: 'persisted.json' } }));
  await project.write('persisted.json', '{}');
  await project.run('relay-compiler');
  const documents = Object.values(JSON.parse(await project.read('persisted.json')));
  const { accessToken } = await service.register(person);
  assert.equal(documents.length, 2);
  for (const document of documents) {
    const { status, data, errors } = await service.ask(document, { headers: { authorization: `Bearer ${accessToken}` } });
    assert.deepEqual([status, data.users, errors.map(({ extensions }) => extensions.code)], [200, null, ['FORBIDDEN']]);
  }
});
