// Clients send hashes and ids in place of documents: Apollo Client and urql as published, and
// requests as in Relay's guide.
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
import { user } from './verifier.mjs';

const ME = gql('query Me { me { email } }');
const NAME = gql('query Name { me { name } }');
const LOGIN = gql('mutation Login($input: LoginInput!) { login(input: $input) { tokenType } }');

const digest = (algorithm) => (text) => createHash(algorithm).update(text).digest('hex');
const sha256 = digest('sha256');
const email = (result) => result.data?.me?.email;

// recording returns a fetch that records each request's method, and whether it contained the
// document or only its hash.
function recording(requests) {
  return (url, options) => {
    const { searchParams } = new URL(url);
    const body = options.body ? JSON.parse(options.body) : Object.fromEntries(searchParams);
    requests.push(`${options.method} ${body.query ? 'document' : 'hash'}`);
    return fetch(url, options);
  };
}

function apollo(service, headers, requests, options) {
  const link = ApolloLink.from([new PersistedQueryLink(options), new HttpLink({ uri: `${service.url}/graphql`, headers, fetch: recording(requests) })]);
  const defaultOptions = { query: { fetchPolicy: 'no-cache', errorPolicy: 'all' }, mutate: { fetchPolicy: 'no-cache', errorPolicy: 'all' } };
  return new ApolloClient({ link, cache: new InMemoryCache(), defaultOptions });
}

function urql(service, headers, requests, options) {
  return new Client({
    url: `${service.url}/graphql`, preferGetMethod: false, requestPolicy: 'network-only', fetch: recording(requests), fetchOptions: { headers },
    exchanges: [persistedExchange(options), fetchExchange],
  });
}

const codes = ({ error }) => error && (CombinedGraphQLErrors.is(error) ? error.errors : error.graphQLErrors).map(({ extensions }) => extensions.code);

// start returns a service with these settings, and the headers of a logged-in user.
async function start(t, settings) {
  const service = await startService(settings);
  t.after(() => service.stop());
  const { accessToken } = await service.register(user);
  return { service, headers: { authorization: `Bearer ${accessToken}`, 'graphql-require-preflight': '1' } };
}

// manifest writes a file as a build tool does.
async function manifest(t, content) {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-manifest-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'manifest.json');
  await writeFile(path, JSON.stringify(content));
  return path;
}

test('automatic persisted queries', { timeout: 60_000 }, async (t) => {
  const { service, headers } = await start(t, { AUTOMATIC_PERSISTED_QUERIES: 'on' });

  await t.test('Apollo Client sends a document once, then its hash', async () => {
    const requests = [];
    const client = apollo(service, headers, requests, { sha256 });
    for (let i = 0; i < 3; i++) assert.equal(email(await client.query({ query: ME })), user.email);
    assert.deepEqual(requests, ['POST hash', 'POST document', 'POST hash', 'POST hash']);
  });

  await t.test('Apollo Client does the same with GET', async () => {
    const requests = [];
    const client = apollo(service, headers, requests, { sha256, useGETForHashedQueries: true });
    for (let i = 0; i < 2; i++) assert.equal((await client.query({ query: NAME })).data.me.name, null);
    const input = { ...user, password: 'not-the-password-42' };
    assert.deepEqual(codes(await client.mutate({ mutation: LOGIN, variables: { input } })), ['INVALID_CREDENTIALS']);
    assert.deepEqual(codes(await client.mutate({ mutation: LOGIN, variables: { input } })), ['INVALID_CREDENTIALS']);
    assert.deepEqual(requests, ['GET hash', 'POST document', 'GET hash', 'POST hash', 'POST document', 'POST hash']);
  });

  await t.test('urql does the same', async () => {
    const requests = [];
    const client = urql(service, headers, requests, { enableForMutation: true });
    const query = 'query Urql { me { email } }';
    for (let i = 0; i < 3; i++) assert.equal(email(await client.query(query, {}).toPromise()), user.email);
    const login = () => client.mutation('mutation Urql($input: LoginInput!) { login(input: $input) { tokenType } }', { input: user }).toPromise();
    for (let i = 0; i < 2; i++) assert.equal((await login()).data.login.tokenType, 'Bearer');
    assert.deepEqual(requests, ['GET hash', 'GET document', 'GET hash', 'GET hash', 'POST hash', 'POST document', 'POST hash']);
  });
});

test('without persisted queries, clients send documents', { timeout: 60_000 }, async (t) => {
  const { service, headers } = await start(t, {});
  for (const [name, client, ask] of [
    ['Apollo Client', apollo, (c) => c.query({ query: ME })],
    ['urql', urql, (c) => c.query('query Me { me { email } }', {}).toPromise()],
  ]) {
    await t.test(name, async () => {
      const requests = [];
      const c = client(service, headers, requests, { sha256 });
      for (let i = 0; i < 3; i++) assert.equal(email(await ask(c)), user.email);
      assert.deepEqual(requests.map((line) => line.split(' ')[1]), ['hash', 'document', 'document', 'document']);
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

  await t.test('Apollo Client sends the ids of its manifest, and everything else is refused', async (t) => {
    const { service, headers } = await start(t, { TRUSTED_DOCUMENTS: await manifest(t, { ...list, operations: [...operations, register] }), TRUSTED_DOCUMENTS_MODE: 'allow-list' });
    const requests = [];
    const generateHash = async ({ definitions: [{ name }] }) => `${name.value}-1`;
    const client = apollo(service, headers, requests, { generateHash, disable: () => false });
    assert.equal(email(await client.query({ query: ME })), user.email);
    assert.deepEqual(requests, ['POST hash']);
    assert.deepEqual(codes(await client.query({ query: NAME })), ['FORBIDDEN']);
    assert.deepEqual(requests, ['POST hash', 'POST hash', 'POST document']);
    assert.equal(email(await service.ask('query Me{me{email}}', { headers })), user.email); // formatted differently
  });

  await t.test('urql sends hashes or ids, and everything else is refused', async (t) => {
    const { service, headers } = await start(t, { TRUSTED_DOCUMENTS: await manifest(t, { ...list, operations: [...operations, register, ofUrql] }), TRUSTED_DOCUMENTS_MODE: 'allow-list' });
    const requests = [];
    const client = urql(service, headers, requests, { enforcePersistedQueries: true });
    assert.equal(email(await client.query(ofUrql.source, {}).toPromise()), user.email);
    assert.deepEqual(codes(await client.query('query Name { me { name } }', {}).toPromise()), ['PERSISTED_QUERY_NOT_FOUND']);
    const byID = urql(service, headers, requests, { generateHash: async () => 'Me-1' });
    assert.equal(email(await byID.query(ME, {}).toPromise()), user.email);
    assert.deepEqual(requests, ['GET hash', 'GET hash', 'GET hash']);
  });

  await t.test('the ids of relay-compiler and the client preset, in the fields of their guides', async (t) => {
    const text = 'query MeQuery {\n  me {\n    email\n  }\n}\n';
    const [md5, sha1, sha] = ['md5', 'sha1', 'sha256'].map((algorithm) => digest(algorithm)(text));
    const ids = { doc_id: md5, id: sha, documentId: sha1 };
    const trusted = await manifest(t, { [md5]: text, [sha1]: text, [`sha256:${sha}`]: text, register: register.body });
    const { service, headers } = await start(t, { TRUSTED_DOCUMENTS: trusted, TRUSTED_DOCUMENTS_MODE: 'allow-list' });
    const send = (body) => fetch(`${service.url}/graphql`, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }).then((r) => r.json());
    for (const [field, id] of [...Object.entries(ids), ['documentId', `sha256:${sha}`]]) {
      assert.equal(email(await send({ [field]: id, query: null, variables: {} })), user.email, field);
      assert.equal(code(await send({ [field]: `${id}0`, variables: {} })), 'PERSISTED_QUERY_NOT_FOUND', field);
    }
    assert.equal(code(await send({ query: 'query MeQuery { me { id } }' })), 'FORBIDDEN');
  });

  await t.test('ids only: no text runs, even if it is in the manifest', async (t) => {
    const service = await startService({ TRUSTED_DOCUMENTS: path, TRUSTED_DOCUMENTS_MODE: 'only' });
    t.after(() => service.stop());
    assert.equal(code(await service.ask(print(ME))), 'FORBIDDEN');
    const requests = [];
    const client = apollo(service, {}, requests, { generateHash: async () => 'Me-1' });
    assert.deepEqual(codes(await client.query({ query: ME })), ['UNAUTHENTICATED']);
    assert.deepEqual(requests, ['POST hash']);
  });
});

// register is the mutation that the tests create accounts with. The manifest must allow it.
const register = { id: 'register', body: 'mutation($input: RegisterInput!) { register(input: $input) { accessToken refreshToken } }' };

// ofUrql is a document as urql formats it.
const ofUrql = { id: 'urql', source: 'query OfUrql { me { email } }', body: stringifyDocument(gql('query OfUrql { me { email } }')) };
