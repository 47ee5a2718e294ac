// urql, set up as in docs/clients.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, fetchExchange } from '@urql/core';
import { startService } from '../service.mjs';
import { testClient } from './refreshing.mjs';
import { testStepUp } from './stepping.mjs';
import { user } from './verifier.mjs';

async function ask(client, kind, document, variables = {}) {
  const { data, error } = await client[kind](document, variables).toPromise();
  const { graphQLErrors = [] } = error?.networkError ?? error ?? {}; // urql reports what refreshAuth throws as a networkError
  if (error) assert.ok(graphQLErrors.length > 0, String(error));
  return { data, errors: graphQLErrors.map(({ extensions }) => extensions) };
}

test('urql', { timeout: 300_000 }, (t) => testClient(t, 'urql', 'urql.js', ask));

test('urql asks again', { timeout: 300_000 }, (t) => testStepUp(t, 'urql', 'urql.js', ask));

test('urql sends queries with GET, which needs a header', { timeout: 60_000 }, async (t) => {
  const service = await startService();
  t.after(() => service.stop());
  const methods = [];
  const client = (headers) => new Client({
    url: `${service.url}/graphql`,
    fetch: (url, options) => fetch(url, (methods.push(options.method), options)),
    fetchOptions: { headers },
    exchanges: [fetchExchange],
  });
  const refused = await client({}).query('{ __typename }', {}).toPromise();
  assert.deepEqual([refused.error.response.status, refused.error.graphQLErrors[0].extensions.code], [400, 'BAD_REQUEST']);
  const { accessToken: token } = await service.register(user);
  for (const headers of [{ 'GraphQL-Require-Preflight': '1' }, { Authorization: `Bearer ${token}` }]) {
    const { data, error } = await client(headers).query('{ __typename }', {}).toPromise();
    assert.deepEqual([data, error], [{ __typename: 'Query' }, undefined]);
  }
  assert.deepEqual(methods, ['GET', 'GET', 'GET']);
});
