// Clients that are not ours ask for documents by their hashes and ids: Apollo Client and urql, as they are, and what Relay's guide sends.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange, stringifyDocument } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { print } from 'graphql';
import { code, startService } from '../service.mjs';
import { person } from './verifier.mjs';

const ME = gql('query Me { me { email } }');
const NAME = gql('query Name { me { name } }');
const LOGIN = gql('mutation Login($input: LoginInput!) { login(input: $input) { tokenType } }');

const digest = (algorithm) => (text) => createHash(algorithm).update(text).digest('hex');
const sha256 = digest('sha256');
const email = (result) => result.data?.me?.email;

// watched is a fetch that keeps what was asked: the method, and whether the document or its hash alone went with it.
function watched(asked) {
  return (url, options) => {
    const { searchParams } = new URL(url);
    const body = options.body ? JSON.parse(options.body) : Object.fromEntries(searchParams);
    asked.push(`${options.method} ${body.query ? 'document' : 'hash'}`);
    return fetch(url, options);
  };
}

function apollo(service, headers, asked, options) {
  const link = ApolloLink.from([new PersistedQueryLink(options), new HttpLink({ uri: `${service.url}/graphql`, headers, fetch: watched(asked) })]);
  const defaultOptions = { query: { fetchPolicy: 'no-cache', errorPolicy: 'all' }, mutate: { fetchPolicy: 'no-cache', errorPolicy: 'all' } };
  return new ApolloClient({ link, cache: new InMemoryCache(), defaultOptions });
}

function urql(service, headers, asked, options) {
  return new Client({
    url: `${service.url}/graphql`, preferGetMethod: false, requestPolicy: 'network-only', fetch: watched(asked), fetchOptions: { headers },
    exchanges: [persistedExchange(options), fetchExchange],
  });
}

const codes = ({ error }) => error && (CombinedGraphQLErrors.is(error) ? error.errors : error.graphQLErrors).map(({ extensions }) => extensions.code);

// begun is a service with these settings, and the headers of somebody who is logged in there.
async function begun(t, settings) {
  const service = await startService(settings);
  t.after(() => service.stop());
  const { accessToken } = await service.register(person);
  return { service, headers: { authorization: `Bearer ${accessToken}`, 'graphql-require-preflight': '1' } };
}

// manifest is a file with what a tool would write.
async function manifest(t, content) {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-manifest-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'manifest.json');
  await writeFile(path, JSON.stringify(content));
  return path;
}

test('automatic persisted queries', { timeout: 60_000 }, async (t) => {
  const { service, headers } = await begun(t, { AUTOMATIC_PERSISTED_QUERIES: 'on' });

  await t.test('Apollo Client sends a document once, then its hash', async () => {
    const asked = [];
    const client = apollo(service, headers, asked, { sha256 });
    for (let i = 0; i < 3; i++) assert.equal(email(await client.query({ query: ME })), person.email);
    assert.deepEqual(asked, ['POST hash', 'POST document', 'POST hash', 'POST hash']);
  });

  await t.test('and with GET', async () => {
    const asked = [];
    const client = apollo(service, headers, asked, { sha256, useGETForHashedQueries: true });
    for (let i = 0; i < 2; i++) assert.equal((await client.query({ query: NAME })).data.me.name, null);
    const input = { ...person, password: 'not-the-password-42' };
    assert.deepEqual(codes(await client.mutate({ mutation: LOGIN, variables: { input } })), ['INVALID_CREDENTIALS']);
    assert.deepEqual(codes(await client.mutate({ mutation: LOGIN, variables: { input } })), ['INVALID_CREDENTIALS']);
    assert.deepEqual(asked, ['GET hash', 'POST document', 'GET hash', 'POST hash', 'POST document', 'POST hash']);
  });

  await t.test('so does urql', async () => {
    const asked = [];
    const client = urql(service, headers, asked, { enableForMutation: true });
    const query = 'query Urql { me { email } }';
    for (let i = 0; i < 3; i++) assert.equal(email(await client.query(query, {}).toPromise()), person.email);
    const login = () => client.mutation('mutation Urql($input: LoginInput!) { login(input: $input) { tokenType } }', { input: person }).toPromise();
    for (let i = 0; i < 2; i++) assert.equal((await login()).data.login.tokenType, 'Bearer');
    assert.deepEqual(asked, ['GET hash', 'GET document', 'GET hash', 'GET hash', 'POST hash', 'POST document', 'POST hash']);
  });
});

test('where documents have no ids, clients go on without', { timeout: 60_000 }, async (t) => {
  const { service, headers } = await begun(t, {});
  for (const [name, client, ask] of [
    ['Apollo Client', apollo, (c) => c.query({ query: ME })],
    ['urql', urql, (c) => c.query('query Me { me { email } }', {}).toPromise()],
  ]) {
    await t.test(name, async () => {
      const asked = [];
      const c = client(service, headers, asked, { sha256 });
      for (let i = 0; i < 3; i++) assert.equal(email(await ask(c)), person.email);
      assert.deepEqual(asked.map((line) => line.split(' ')[1]), ['hash', 'document', 'document', 'document']);
    });
  }
});

test('trusted documents', { timeout: 120_000 }, async (t) => {
  const operations = [ME, LOGIN].map((document) => {
    const [{ name, operation }] = document.definitions;
    return { id: `${name.value}-1`, name: name.value, type: operation, body: print(document) };
  });
  const list = { format: 'apollo-persisted-query-manifest', version: 1, operations };
  const path = await manifest(t, list);

  await t.test('Apollo Client asks by the ids of its manifest, and can ask for nothing else', async (t) => {
    const { service, headers } = await begun(t, { TRUSTED_DOCUMENTS: await manifest(t, { ...list, operations: [...operations, register] }), TRUSTED_DOCUMENTS_MODE: 'allow-list' });
    const asked = [];
    const generateHash = async ({ definitions: [{ name }] }) => `${name.value}-1`;
    const client = apollo(service, headers, asked, { generateHash, disable: () => false });
    assert.equal(email(await client.query({ query: ME })), person.email);
    assert.deepEqual(asked, ['POST hash']);
    assert.deepEqual(codes(await client.query({ query: NAME })), ['FORBIDDEN']);
    assert.deepEqual(asked, ['POST hash', 'POST hash', 'POST document']);
    assert.equal(email(await service.ask('query Me{me{email}}', { headers })), person.email); // printed in another way
  });

  await t.test('urql asks by hashes or ids, and can ask for nothing else', async (t) => {
    const { service, headers } = await begun(t, { TRUSTED_DOCUMENTS: await manifest(t, { ...list, operations: [...operations, register, ofUrql] }), TRUSTED_DOCUMENTS_MODE: 'allow-list' });
    const asked = [];
    const client = urql(service, headers, asked, { enforcePersistedQueries: true });
    assert.equal(email(await client.query(ofUrql.source, {}).toPromise()), person.email);
    assert.deepEqual(codes(await client.query('query Name { me { name } }', {}).toPromise()), ['PERSISTED_QUERY_NOT_FOUND']);
    const byID = urql(service, headers, asked, { generateHash: async () => 'Me-1' });
    assert.equal(email(await byID.query(ME, {}).toPromise()), person.email);
    assert.deepEqual(asked, ['GET hash', 'GET hash', 'GET hash']);
  });

  await t.test('the ids of relay-compiler and the client preset, in the fields that their guides send', async (t) => {
    const text = 'query MeQuery {\n  me {\n    email\n  }\n}\n';
    const [md5, sha1, sha] = ['md5', 'sha1', 'sha256'].map((algorithm) => digest(algorithm)(text));
    const ids = { doc_id: md5, id: sha, documentId: sha1 };
    const trusted = await manifest(t, { [md5]: text, [sha1]: text, [`sha256:${sha}`]: text, register: register.body });
    const { service, headers } = await begun(t, { TRUSTED_DOCUMENTS: trusted, TRUSTED_DOCUMENTS_MODE: 'allow-list' });
    const send = (body) => fetch(`${service.url}/graphql`, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }).then((r) => r.json());
    for (const [field, id] of [...Object.entries(ids), ['documentId', `sha256:${sha}`]]) {
      assert.equal(email(await send({ [field]: id, query: null, variables: {} })), person.email, field);
      assert.equal(code(await send({ [field]: `${id}0`, variables: {} })), 'PERSISTED_QUERY_NOT_FOUND', field);
    }
    assert.equal(code(await send({ query: 'query MeQuery { me { id } }' })), 'FORBIDDEN');
  });

  await t.test('ids only: no text runs, be it listed', async (t) => {
    const service = await startService({ TRUSTED_DOCUMENTS: path, TRUSTED_DOCUMENTS_MODE: 'only' });
    t.after(() => service.stop());
    assert.equal(code(await service.ask(print(ME))), 'FORBIDDEN');
    const asked = [];
    const client = apollo(service, {}, asked, { generateHash: async () => 'Me-1' });
    assert.deepEqual(codes(await client.query({ query: ME })), ['UNAUTHENTICATED']);
    assert.deepEqual(asked, ['POST hash']);
  });
});

// register is how the tests make an account, which the manifest has to allow as well.
const register = { id: 'register', body: 'mutation($input: RegisterInput!) { register(input: $input) { accessToken refreshToken } }' };

// ofUrql is a document as urql prints it.
const ofUrql = { id: 'urql', source: 'query OfUrql { me { email } }', body: stringifyDocument(gql('query OfUrql { me { email } }')) };
