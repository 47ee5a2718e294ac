#!/usr/bin/env bash
# otplib 13.5.0 throws on TOTP secrets shorter than 16 bytes. Secrets of 10 bytes, 16 characters of
# base32, are what Google Authenticator's own PAM module and many services hand out, so accounts
# that move from another service bring them. RFC 4226 asks for 16 bytes of new secrets; verifiers
# of old ones have no choice. otpauth 9.5.2 and speakeasy 2.0.0 compute their codes.
# Expected: a code, because the caller did not choose the secret. (createGuardrails lowers the
# bound.)
#
# Seen, for GEZDGNBVGY3TQOJQ at second 59, whose code by RFC 6238 with 6 digits is computed here too:
#   by hand 263420, otpauth 263420, speakeasy 263420
#   otplib: SecretTooShortError
#   otplib with guardrails of 10 bytes: 263420
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund otplib@13.5.0 otpauth@9.5.2 speakeasy@2.0.0
cat >run.mjs <<'JS'
import { createHmac } from 'node:crypto'
import * as OTPAuth from 'otpauth'
import speakeasy from 'speakeasy'
import * as otplib from 'otplib'

const secret = 'GEZDGNBVGY3TQOJQ' // "1234567890"
const counter = Buffer.alloc(8)
counter.writeBigUInt64BE(1n) // second 59
const mac = createHmac('sha1', '1234567890').update(counter).digest()
const at = mac[19] & 15
const byHand = String((mac.readUInt32BE(at) & 0x7fffffff) % 1e6).padStart(6, '0')
const otpauth = new OTPAuth.TOTP({ secret: OTPAuth.Secret.fromBase32(secret) }).generate({ timestamp: 59_000 })
const easy = speakeasy.totp({ secret, encoding: 'base32', time: 59 })
console.log(`by hand ${byHand}, otpauth ${otpauth}, speakeasy ${easy}`)
try {
  console.log('otplib:', await otplib.generate({ secret, epoch: 59 }))
} catch (error) {
  console.log('otplib:', error.name)
}
try {
  const guardrails = otplib.createGuardrails({ MIN_SECRET_BYTES: 10 })
  console.log('otplib with guardrails of 10 bytes:', await otplib.generate({ secret, epoch: 59, guardrails }))
} catch (error) {
  console.log('otplib with guardrails:', error.name, error.message)
}
JS
diff <(node run.mjs) - <<'SEEN'
by hand 263420, otpauth 263420, speakeasy 263420
otplib: SecretTooShortError
otplib with guardrails of 10 bytes: 263420
SEEN
echo 'as described: otplib 13.5.0 throws on secrets of 10 bytes'
