#!/usr/bin/env bash
# hono 4.13.19, hono/jwt: verify(token, key, 'ES256') refuses a correctly signed access token of
# RFC 9068, whose header says typ "at+jwt", as JwtHeaderInvalid. The same token with typ "JWT" is
# accepted. The type has to be named: verify(token, key, { alg: 'ES256', typ: 'at+jwt' }).
# Expected: that an unlisted type is left alone, as jose and jsonwebtoken do (RFC 8725, 3.11 leaves
# the check of typ to the application).
#
# Seen:
#   JWT, alg as a string: accepted
#   at+jwt, alg as a string: JwtHeaderInvalid
#   at+jwt, typ named: accepted
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent hono@4.13.19
cat >run.mjs <<'JS'
import { generateKeyPairSync, sign } from 'node:crypto'
import { verify } from 'hono/jwt'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = { ...publicKey.export({ format: 'jwk' }), alg: 'ES256' }
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

function issue(typ) {
  const now = Math.floor(Date.now() / 1000)
  const signed = part({ alg: 'ES256', typ }) + '.' + part({ sub: 'u1', iat: now, exp: now + 60 })
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return signed + '.' + signature.toString('base64url')
}

async function show(what, token, options) {
  const outcome = await verify(token, key, options).then(() => 'accepted', (error) => error.name)
  console.log(`${what}: ${outcome}`)
}

await show('JWT, alg as a string', issue('JWT'), 'ES256')
await show('at+jwt, alg as a string', issue('at+jwt'), 'ES256')
await show('at+jwt, typ named', issue('at+jwt'), { alg: 'ES256', typ: 'at+jwt' })
JS
diff <(node run.mjs) - <<'SEEN'
JWT, alg as a string: accepted
at+jwt, alg as a string: JwtHeaderInvalid
at+jwt, typ named: accepted
SEEN
echo 'as described: hono 4.13.19 takes at+jwt only where typ is named'
