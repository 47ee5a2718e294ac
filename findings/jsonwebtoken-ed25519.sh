#!/usr/bin/env bash
# jsonwebtoken 9.0.3 has no EdDSA: verify() with an Ed25519 public key, and algorithms: ['EdDSA'],
# throws a plain Error (no JsonWebTokenError, so a handler that tests for that class answers 500).
# ES256 works. Node's own crypto verifies the same signature.
# Expected: that the most used library of Node supports RFC 8037 (2017), or refuses the token with
# its own error class.
#
# Seen:
#   EdDSA: Error, "Unknown key type "ed25519".", is a JsonWebTokenError: false
#   ES256: accepted
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent jsonwebtoken@9.0.3
cat >run.mjs <<'JS'
import { generateKeyPairSync, sign } from 'node:crypto'
import jwt from 'jsonwebtoken'

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

function issue(alg, hash, key) {
  const now = Math.floor(Date.now() / 1000)
  const signed = part({ alg, typ: 'JWT' }) + '.' + part({ sub: 'u1', iat: now, exp: now + 60 })
  const signature = sign(hash, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return signed + '.' + signature.toString('base64url')
}

function show(alg, hash, { privateKey, publicKey }) {
  try {
    jwt.verify(issue(alg, hash, privateKey), publicKey, { algorithms: [alg] })
    console.log(`${alg}: accepted`)
  } catch (error) {
    const own = error instanceof jwt.JsonWebTokenError
    console.log(`${alg}: ${error.name}, "${error.message}", is a JsonWebTokenError: ${own}`)
  }
}

show('EdDSA', null, generateKeyPairSync('ed25519'))
show('ES256', 'sha256', generateKeyPairSync('ec', { namedCurve: 'P-256' }))
JS
diff <(node run.mjs) - <<'SEEN'
EdDSA: Error, "Unknown key type "ed25519".", is a JsonWebTokenError: false
ES256: accepted
SEEN
echo 'as described: jsonwebtoken 9.0.3 does not know Ed25519'
