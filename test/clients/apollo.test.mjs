// Apollo Client, set up as in docs/clients.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CombinedGraphQLErrors } from '@apollo/client';
import { testClient } from './refreshing.mjs';
import { testStepUp } from './stepping.mjs';

async function ask(client, kind, document, variables) {
  const options = { variables, errorPolicy: 'all' };
  const { data, error } = await (kind === 'mutation' ? client.mutate({ mutation: document, ...options }) : client.query({ query: document, fetchPolicy: 'network-only', ...options }));
  if (error) assert.ok(CombinedGraphQLErrors.is(error), String(error));
  return { data, errors: error ? error.errors.map(({ extensions }) => extensions) : [] };
}

test('Apollo Client', { timeout: 300_000 }, (t) => testClient(t, 'Apollo Client', 'apollo.js', ask));

test('Apollo Client asks again', { timeout: 300_000 }, (t) => testStepUp(t, 'Apollo Client', 'apollo.js', ask));
