// Relay, set up as in docs/clients.md: its compiler accepts our schema, and its store our answers.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { startService } from '../service.mjs';
import { Project } from './page.mjs';
import { user } from './verifier.mjs';

const require = createRequire(import.meta.url);
const { fetchQuery, getSelector } = require('relay-runtime');

const USERS = 5; // on three pages of two

// compiled returns a function that loads modules of a project, which it compiles to CommonJS.
// Browsers get Relay's artifacts from a bundler, which Node.js can't import as they are.
async function compiled(project, modules) {
  await project.write('package.json', JSON.stringify({ type: 'commonjs' }));
  await project.run('npx', 'tsc', '--ignoreConfig', '--strict', '--skipLibCheck', '--module', 'nodenext', '--rootDir', 'src', '--outDir', 'common', ...modules.map((name) => `src/${name}.ts`));
  return (name) => require(join(project.folder, 'common', name));
}

test('Relay', { timeout: 300_000 }, async (t) => {
  const service = await startService({ ADMIN_EMAIL: user.email, ADMIN_PASSWORD: user.password });
  t.after(() => service.stop());
  for (let n = 2; n <= USERS; n++) await service.command('user', 'create', `user-${n}@example.com`, '--name', `User ${n}`);
  const project = await Project.follow(t, service, 'Types with GraphQL Code Generator', 'Relay');
  await project.compile();
  const artifacts = ['usersQuery', 'usersNextQuery', 'users_page', 'users_name'].map((name) => `__generated__/${name}.graphql`);
  const load = await compiled(project, ['users', 'environment', ...artifacts]);
  const [usersQuery, usersNextQuery, userPage, userName] = artifacts.map((name) => load(name).default);
  const [{ environment }, { session }] = [load('environment'), load('session')];
  const ask = (query, variables = {}) => fetchQuery(environment, query, variables).toPromise();
  const show = (fragment, data) => environment.lookup(getSelector(fragment, data)).data;
  const { data } = await service.ask(`mutation { login(input: { email: "${user.email}", password: "${user.password}" }) { accessToken refreshToken } }`);

  await t.test('a refused field is null, and the other fields have data', async () => {
    const { accessToken } = await service.register({ email: 'grace@example.com', password: user.password });
    session.tokens = { accessToken };
    const answer = await ask(usersQuery);
    assert.deepEqual([answer.viewer.scopes, answer.me.email, show(userPage, answer).users], [[], 'grace@example.com', null]);
  });

  await t.test('the store joins the pages of a connection', async () => {
    session.tokens = data.login;
    const answer = await ask(usersQuery);
    assert.equal(answer.me.email, user.email);
    for (const count of [2, 4, 6]) {
      const { users } = show(userPage, answer);
      const shown = users.edges.map(({ node }) => show(userName, node));
      assert.equal(shown.length, count);
      assert.equal(new Set(shown.map(({ email }) => email)).size, count);
      assert.equal(users.pageInfo.hasNextPage, count < 6);
      if (users.pageInfo.hasNextPage) await ask(usersNextQuery, { count: 2, cursor: users.pageInfo.endCursor });
    }
  });

  await t.test('each object is in the store once, by type and id', async () => {
    const source = environment.getStore().getSource();
    const count = (type) => source.getRecordIDs().filter((id) => source.get(id)?.__typename === type).length;
    assert.deepEqual([count('User'), count('Viewer')], [USERS + 1, 2]);
  });

  await t.test('documents persisted by relay-compiler', async () => {
    const config = JSON.parse(await project.read('relay.config.json'));
    await project.write('relay.config.json', JSON.stringify({ ...config, persistConfig: { file: 'persisted.json' } }));
    await project.write('persisted.json', '{}');
    await project.run('npx', 'relay-compiler');
    const documents = Object.values(JSON.parse(await project.read('persisted.json')));
    const { accessToken } = await service.register({ email: 'joan@example.com', password: user.password });
    assert.equal(documents.length, 2);
    for (const document of documents) {
      const { status, data, errors } = await service.ask(document, { headers: { authorization: `Bearer ${accessToken}` } });
      assert.deepEqual([status, data.users, errors.map(({ extensions }) => extensions.code)], [200, null, ['FORBIDDEN']]);
    }
  });
});
