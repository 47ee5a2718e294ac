#!/usr/bin/env bash
# @apollo/client 4.3.8 keeps the null of a field that came with an error. With errorPolicy 'all' the
# first query shows null and the error; the same query again is answered from the cache, with null
# and no error, and no request is sent. A refused field looks empty from then on, also after the
# user was given the right to it. fetchPolicy 'network-only' or client.resetStore() asks again.
# Expected: that a field whose value is an error is not cached, or is cached with its error, as
# urql's graphcache does (it asks again).
#
# Seen:
#   first: null, error: Not allowed., requests so far: 1
#   again: null, error: none, requests so far: 1
#   network-only: null, error: Not allowed., requests so far: 2
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @apollo/client@4.3.8 graphql@16.15.0 rxjs@7.8.2
cat >run.mjs <<'JS'
import { ApolloClient, ApolloLink, InMemoryCache, gql } from '@apollo/client'
import { of } from 'rxjs'

let requests = 0
const refuses = new ApolloLink(() => {
  requests++
  return of({
    data: { me: { __typename: 'User', id: '1', email: null } },
    errors: [{ message: 'Not allowed.', path: ['me', 'email'] }],
  })
})
const client = new ApolloClient({ link: refuses, cache: new InMemoryCache() })
const query = gql`{ me { id email } }`

async function show(what, options) {
  const { data, error } = await client.query({ query, errorPolicy: 'all', ...options })
  console.log(`${what}: ${data.me.email}, error: ${error?.message ?? 'none'}, requests so far: ${requests}`)
}

await show('first')
await show('again')
await show('network-only', { fetchPolicy: 'network-only' })
JS
diff <(node run.mjs) - <<'SEEN'
first: null, error: Not allowed., requests so far: 1
again: null, error: none, requests so far: 1
network-only: null, error: Not allowed., requests so far: 2
SEEN
echo 'as described: @apollo/client 4.3.8 answers a refused field from its cache without its error'
