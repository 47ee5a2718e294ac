// GraphQL Code Generator, set up as in docs/clients.md: types for the operations of that page, and
// of the other pages of the documentation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, print } from 'graphql';
import { startService } from '../service.mjs';
import { Project, blocks, readPage } from './page.mjs';
import { operationsIn, typesIn } from './shown.mjs';
import { user } from './verifier.mjs';

const TYPES = 'Types with GraphQL Code Generator';
const PAGES = { 'README.md': 5, 'docs/sessions.md': 7, 'docs/policy.md': 1 }; // with the least number of operations to find

// Code that must compile with the generated types, and errors that they must find.
const TYPED = `
import { ask } from './ask.js';
import { Accounts, Login, Me } from './operations.js';
import { graphql } from './gql/index.js';

const Explained = graphql(\`query Explained($variables: JSON) { access(operation: "{ me { id } }", variables: $variables) { verdict } }\`);

export async function typed(token: string): Promise<string[]> {
  const { data } = await ask(Me, {}, token);
  // @ts-expect-error: a guarded field may be null
  data?.me.id;
  // @ts-expect-error: an unknown field
  data?.me?.nick;
  // @ts-expect-error: a password is missing
  const login = () => ask(Login, { input: { email: 'ada@example.com' } });
  const created: string | undefined = data?.me?.createdAt;
  const accounts = await ask(Accounts, {}, token);
  const emails: (string | null)[] = accounts.data?.users?.nodes.map(({ email }) => email) ?? [];
  // @ts-expect-error: a string is not a JSON object
  const wrong = () => ask(Explained, { variables: '{}' });
  const explained = await ask(Explained, { variables: {} }, token);
  const verdicts: ('ALLOW' | 'DENY' | 'SELF' | 'STEP_UP')[] = explained.data?.access.map(({ verdict }) => verdict) ?? [];
  return [typeof login, typeof wrong, new Date(created ?? '').getUTCFullYear() > 2000 ? 'made' : 'never', ...emails.map(String), ...verdicts];
}
`;

async function start(t) {
  const service = await startService();
  t.after(() => service.stop());
  return service;
}

// shownOperations returns the operations of the documentation, with names.
async function shownOperations() {
  const shown = [];
  for (const [page, least] of Object.entries(PAGES)) {
    const operations = await operationsIn(page);
    assert.ok(operations.length >= least, `${page} shows ${operations.length} operations, not ${least}`);
    shown.push(...operations);
  }
  return shown;
}

// writeOperations adds TYPED and other operations to a project, and generates their types.
async function writeOperations(project, others) {
  await project.write('src/typed.ts', TYPED);
  await project.write('src/shown.ts', [
    "import { graphql } from './gql/index.js';",
    ...others.map(({ name, named }) => `export const ${name} = graphql(\`${named}\`);`),
  ].join('\n'));
  const documents = ['src/operations.ts', 'src/typed.ts', 'src/shown.ts'];
  await project.write('codegen.ts', (await project.read('codegen.ts')).replace("'src/operations.ts'", JSON.stringify(documents)));
  await project.run('npx', 'graphql-codegen');
  await project.compile();
}

test('GraphQL Code Generator', { timeout: 600_000 }, async (t) => {
  const service = await start(t);
  const { accessToken } = await service.register(user);
  const project = await Project.follow(t, service, 'Types with GraphQL Code Generator');

  await t.test('the page’s program shows who is logged in', async () => {
    assert.equal((await project.run('node', 'out/main.js')).trim(), user.email);
  });

  await t.test('code can import the packages that the page installs, and no others', async () => {
    const load = (name) => project.run('node', '-e', `import('${name}')`);
    await assert.rejects(load('rxjs'), /Cannot find package 'rxjs'/); // of the section on Apollo Client
    await load('graphql');
  });

  const shown = await shownOperations();
  await writeOperations(project, shown);

  await t.test('the types are as strict as the schema', async () => {
    await project.run('npx', 'tsc', '--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', 'codegen.ts');
    const { typed } = await project.load('typed.js');
    assert.deepEqual(await typed(accessToken), ['function', 'function', 'made', 'ALLOW']);
  });

  await t.test('the operations in the documentation have types, and the service accepts them', async () => {
    const [{ ask }, operations] = [await project.load('ask.js'), await project.load('shown.js')];
    for (const { name, named, variables } of shown) {
      const { data, errors = [] } = await ask(operations[name], variables);
      const invalid = errors.map(({ extensions }) => extensions.code).filter((code) => code.startsWith('GRAPHQL_') || code === 'BAD_REQUEST');
      assert.deepEqual([invalid, data === undefined], [[], false], named);
    }
  });

  await t.test('introspection, /schema.graphqls and schema print generate the same types', async () => {
    await project.write('printed.graphqls', await service.command('schema', 'print'));
    const how = { plugins: ['typescript'], config: { disableDescriptions: true, scalars: { Time: 'string', JSON: 'Record<string, unknown>' } } };
    const served = { [`${service.url}/schema.graphqls`]: { handleAsSDL: true } };
    const generates = { 'src/asked.ts': { schema: `${service.url}/graphql`, ...how }, 'src/served.ts': { schema: [served], ...how }, 'src/printed.ts': { schema: 'printed.graphqls', ...how } };
    await project.write('codegen.json', JSON.stringify({ generates }));
    await project.install('@graphql-codegen/typescript');
    await project.run('npx', 'graphql-codegen', '--config', 'codegen.json');
    await project.compile();
    const [asked, ...others] = await Promise.all(Object.keys(generates).map((name) => project.read(name)));
    assert.ok(asked.includes('export type AuthPayload'));
    for (const other of others) assert.equal(other, asked);
  });
});

test('the README’s first login and refusal work as it says', { timeout: 120_000 }, async (t) => {
  const service = await start(t);
  const [register, login, me, users, again] = await operationsIn('README.md');
  const email = 'ada@example.com';
  const send = ({ text, variables }, headers) => service.ask(text, { variables, headers });
  assert.equal((await send(register)).data.register.user.email, email);
  const { accessToken } = (await send(login)).data.login;
  const ask = (operation) => send(operation, { authorization: `Bearer ${accessToken}` });
  assert.equal((await ask(me)).data.me.email, email);
  const [refusal] = blocks(await readPage('README.md'), 'json').map(({ text }) => JSON.parse(text));
  const { data, errors } = await ask(users);
  assert.deepEqual({ data, errors }, refusal);
  await service.command('user', 'set-roles', email, 'admin');
  assert.ok((await ask(again)).data.users.nodes.some((user) => user.email === email));
});

test('the types in the README are those of the schema', { timeout: 120_000 }, async (t) => {
  const service = await start(t);
  const schema = parse(await service.command('schema', 'print'));
  const field = ({ name, arguments: args, type, directives }) => print({ kind: 'FieldDefinition', name, arguments: args.map((arg) => ({ ...arg, description: undefined })), type, directives });
  const shown = await typesIn('README.md');
  assert.ok(shown.length > 0);
  for (const { name, fields } of shown) {
    const real = schema.definitions.find((each) => each.name?.value === name.value)?.fields.map(field) ?? [];
    for (const each of fields) assert.ok(real.includes(field(each)), `${name.value}.${field(each)}`);
  }
});
