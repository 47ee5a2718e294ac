// Apollo Client, which is not ours, as docs/clients.md sets it up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CombinedGraphQLErrors } from '@apollo/client';
import { provesClient } from './refreshing.mjs';

async function ask(client, kind, document, variables) {
  const how = { variables, errorPolicy: 'all' };
  const { data, error } = await (kind === 'mutation' ? client.mutate({ mutation: document, ...how }) : client.query({ query: document, fetchPolicy: 'network-only', ...how }));
  if (error) assert.ok(CombinedGraphQLErrors.is(error), String(error));
  return { data, errors: error ? error.errors.map(({ extensions }) => extensions) : [] };
}

test('Apollo Client', { timeout: 300_000 }, (t) => provesClient(t, 'apollo.ts', ask));
