#!/usr/bin/env bash
# @auth/core 0.41.3 (Auth.js) authenticates with private_key_jwt by assertions that have two
# audiences, [issuer, token endpoint], and no setting changes it. A server that follows RFC 7523 as
# updated (one audience, the issuer) refuses each log-in. The oauth4webapi that it is built on sends the
# issuer alone.
# Expected: one audience.
#
# Seen:
#   @auth/core: aud = ["ISSUER","ISSUER/token"]
#   oauth4webapi: aud = "ISSUER"
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @auth/core@0.41.3 oauth4webapi@3.8.8
cat >run.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Auth } from '@auth/core'
import * as oauth from 'oauth4webapi'

let audience
const server = createServer(async (request, response) => {
  response.setHeader('content-type', 'application/json')
  if (request.url !== '/token') {
    response.end(JSON.stringify({ issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`, userinfo_endpoint: `${issuer}/me` }))
    return
  }
  let body = ''
  for await (const chunk of request) body += chunk
  const [, claims] = new URLSearchParams(body).get('client_assertion').split('.')
  audience = JSON.parse(Buffer.from(claims, 'base64url')).aud
  response.writeHead(401).end(JSON.stringify({ error: 'invalid_client' }))
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://localhost:${server.address().port}`
const { privateKey } = await oauth.generateKeyPair('ES256')
const show = (name) => console.log(`${name}: aud = ${JSON.stringify(audience).replaceAll(issuer, 'ISSUER')}`)

const options = {
  basePath: '/auth', secret: 'x'.repeat(32), trustHost: true, logger: { error() {}, warn() {}, debug() {} },
  providers: [{ id: 'op', type: 'oidc', issuer, clientId: 'app', checks: ['state'], client: { token_endpoint_auth_method: 'private_key_jwt' }, token: { clientPrivateKey: { key: privateKey, kid: 'k1' } } }],
}
const cookies = new Map()
async function ask(path, init = {}) {
  const headers = { ...init.headers, cookie: [...cookies].map((pair) => pair.join('=')).join('; ') }
  const response = await Auth(new Request(`http://app.localhost${path}`, { ...init, headers }), options)
  for (const line of response.headers.getSetCookie()) cookies.set(...line.match(/^([^=]+)=([^;]*)/).slice(1))
  return response
}
const { csrfToken } = await (await ask('/auth/csrf')).json()
const begun = await ask('/auth/signin/op', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ csrfToken }) })
const state = new URL(begun.headers.get('location')).searchParams.get('state')
await ask(`/auth/callback/op?code=c&state=${state}`)
show('@auth/core')

const as = { issuer, token_endpoint: `${issuer}/token` }
const insecure = { [oauth.allowInsecureRequests]: true }
await oauth.clientCredentialsGrantRequest(as, { client_id: 'app' }, oauth.PrivateKeyJwt({ key: privateKey, kid: 'k1' }), {}, insecure)
show('oauth4webapi')
server.close()
server.closeAllConnections()
JS
diff <(node run.mjs 2>/dev/null) - <<'SEEN'
@auth/core: aud = ["ISSUER","ISSUER/token"]
oauth4webapi: aud = "ISSUER"
SEEN
echo 'as described: assertions of @auth/core 0.41.3 have two audiences'
