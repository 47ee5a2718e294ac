#!/usr/bin/env bash
# @graphql-hive/gateway-runtime 2.12.1 sends each root field of a mutation as a request of its own,
# even where all of them belong to one subgraph. `mutation { a b }` arrives as `mutation{a}` and
# `mutation{b}`. Two fields of a query arrive together. A subgraph that promises to run all of a
# mutation or nothing of it can't keep that promise behind the gateway.
# Expected: one request per subgraph for consecutive fields of the same subgraph.
#
# Seen:
#   mutation { a b }: 2 requests: mutation{a} | mutation{b}
#   { a b }: 1 request
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @graphql-hive/gateway-runtime@2.12.1 @graphql-mesh/transport-http@1.2.1 \
  @theguild/federation-composition@0.27.0 @apollo/subgraph@2.14.4 graphql-yoga@5.24.1 graphql@16.15.0
cat >run.mjs <<'JS'
import { createServer } from 'node:http'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime'
import { composeServices } from '@theguild/federation-composition'
import { parse } from 'graphql'
import { createYoga } from 'graphql-yoga'

const typeDefs = parse(`
  type Query { a: Int b: Int }
  type Mutation { a: Int b: Int }
`)
const fields = { a: () => 1, b: () => 2 }
let seen = []
const subgraph = createYoga({
  logging: false,
  schema: buildSubgraphSchema({ typeDefs, resolvers: { Query: fields, Mutation: fields } }),
  plugins: [{ onParams: ({ params }) => void seen.push(params.query.replace(/\s+/g, '')) }],
})
const server = createServer(subgraph)
await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
const url = `http://127.0.0.1:${server.address().port}/graphql`
const { supergraphSdl } = composeServices([{ name: 'one', typeDefs, url }])
const gateway = createGatewayRuntime({ supergraph: supergraphSdl, logging: false })

async function send(query) {
  seen = []
  const response = await gateway.fetch('http://gateway/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  const { errors } = await response.json()
  if (errors) throw new Error(JSON.stringify(errors))
  return seen
}

const mutations = await send('mutation { a b }')
console.log(`mutation { a b }: ${mutations.length} requests: ${mutations.join(' | ')}`)
console.log(`{ a b }: ${(await send('{ a b }')).length} request`)
process.exit(0)
JS
diff <(node run.mjs) - <<'SEEN'
mutation { a b }: 2 requests: mutation{a} | mutation{b}
{ a b }: 1 request
SEEN
echo 'as described: Hive gateway 2.12.1 takes a mutation apart'
