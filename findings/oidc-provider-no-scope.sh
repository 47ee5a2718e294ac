#!/usr/bin/env bash
# oidc-provider 9.13.3 (npm) asks a person to log in and to consent when a request has no scope, and
# then answers access_denied, as if the person had refused. Agents (MCP) send no scope when nothing
# tells them one. With scope=openid the same steps end in a code.
# Expected: RFC 6749, 3.3: a default scope, or invalid_scope, at once.
#
# Seen:
#   scope=openid: login, consent, code
#   without scope: login, consent, error=access_denied
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent oidc-provider@9.13.3
cat >run.mjs <<'JS'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

console.warn = console.info = () => {}
const { Provider } = await import('oidc-provider')
const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://localhost:${server.address().port}`
const client = { client_id: 'app', token_endpoint_auth_method: 'none', application_type: 'native', redirect_uris: ['http://127.0.0.1/cb'] }
const provider = new Provider(issuer, { clients: [client], cookies: { keys: ['k'] } })
server.on('request', provider.callback())
const code_challenge = createHash('sha256').update('v'.repeat(43)).digest('base64url')

async function walk(name, scope) {
  const cookies = new Map()
  const steps = []
  let url = new URL('/auth', issuer)
  url.search = new URLSearchParams({ client_id: 'app', response_type: 'code', redirect_uri: 'http://127.0.0.1/cb', code_challenge, code_challenge_method: 'S256', ...scope })
  let init = {}
  while (url.href.startsWith(issuer)) {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, key, value] = line.match(/^([^=]+)=([^;]*)/)
      cookies.set(key, value)
    }
    const location = response.headers.get('location')
    if (location) {
      url = new URL(location, url)
      init = {}
      continue
    }
    const page = await response.text()
    const prompt = page.match(/name="prompt" value="(\w+)"/)[1]
    steps.push(prompt)
    url = new URL(page.match(/<form[^>]* action="([^"]*)"/)[1], url)
    init = { method: 'POST', body: new URLSearchParams({ prompt, login: 'ada', password: 'x' }) }
  }
  const error = url.searchParams.get('error')
  console.log(`${name}: ${steps.join(', ')}, ${error ? `error=${error}` : 'code'}`)
}

await walk('scope=openid', { scope: 'openid' })
await walk('without scope', {})
server.close()
server.closeAllConnections()
JS
diff <(node run.mjs 2>/dev/null) - <<'SEEN'
scope=openid: login, consent, code
without scope: login, consent, error=access_denied
SEEN
echo 'as described: oidc-provider 9.13.3 ends a request without scope in access_denied'
