// jose, which is not ours, verifies access tokens signed with each algorithm, and refuses what it should.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { SignJWT, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, generateKeyPair } from 'jose';
import { code, logIn, startService } from '../service.mjs';
import { AUDIENCE, REQUIRED, expired, jwks, keyIds, person, verify } from './verifier.mjs';

const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const parts = (token) => token.split('.');

// begin starts a service with the person in it for as long as the test takes.
async function begin(t, settings) {
  const service = await startService({ AUDIENCE, ...settings });
  t.after(() => service.stop());
  const { accessToken } = await service.register(person);
  return { service, token: accessToken, keys: createRemoteJWKSet(jwks(service)) };
}

// changed is the token with a byte of one of its parts turned into another.
function changed(token, index) {
  const all = parts(token);
  const bytes = Buffer.from(all[index], 'base64url');
  bytes[bytes.length >> 1] ^= 1;
  all[index] = bytes.toString('base64url');
  return all.join('.');
}

// withClaims is the token with other claims under the old signature.
function withClaims(token, claims) {
  const [header, , signature] = parts(token);
  return [header, part({ ...decodeJwt(token), ...claims }), signature].join('.');
}

for (const algorithm of ['EdDSA', 'ES256', 'RS256']) {
  test(algorithm, async (t) => {
    const { service, token, keys } = await begin(t, { JWT_ALG: algorithm });
    const { issuer } = service;
    // Of the same name, and with keys of its own.
    const other = await begin(t, { JWT_ALG: algorithm, PUBLIC_URL: issuer, ACCESS_TOKEN_TTL: '1s' });
    const expected = { issuer, algorithm };
    const good = () => verify(token, keys, expected);
    const header = decodeProtectedHeader(token);
    const claims = decodeJwt(token);

    await t.test('a good token says who, for whom and for how long', async () => {
      const { payload, protectedHeader } = await good();
      assert.deepEqual(protectedHeader, { alg: algorithm, typ: 'at+jwt', kid: header.kid });
      assert.deepEqual([payload.iss, payload.aud, payload.client_id, payload.scope, payload.roles], [issuer, AUDIENCE, 'gatehouse', '', ['user']]);
      assert.equal(payload.exp - payload.iat, 900);
      assert.deepEqual(Object.keys(payload).sort(), [...REQUIRED].sort());
      assert.deepEqual(await keyIds(service), [header.kid]);
    });

    await t.test('a token after a login and one after a refresh are as good', async () => {
      const { data } = await service.ask(logIn(person));
      const renewed = await service.ask('mutation($t: String) { refresh(refreshToken: $t) { accessToken } }', { variables: { t: data.login.refreshToken } });
      for (const { accessToken } of [data.login, renewed.data.refresh]) {
        assert.equal((await verify(accessToken, keys, expected)).payload.sub, claims.sub);
      }
    });

    const claim = (name) => ({ code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: name });
    const forged = { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' };
    const refusals = [
      ['a verifier for another audience', () => verify(token, keys, { ...expected, audience: 'https://other.example.com' }), claim('aud')],
      ['a verifier for the issuer as the audience', () => verify(token, keys, { ...expected, audience: issuer }), claim('aud')],
      ['a verifier of another issuer', () => verify(token, keys, { ...expected, issuer: 'https://id.example.com' }), claim('iss')],
      ['a verifier of the issuer with a slash', () => verify(token, keys, { ...expected, issuer: `${issuer}/` }), claim('iss')],
      ['a verifier of another kind of token', () => verify(token, keys, { ...expected, typ: 'JWT' }), claim('typ')],
      ['a verifier of another algorithm', () => verify(token, keys, { ...expected, algorithm: 'PS256' }), { code: 'ERR_JOSE_ALG_NOT_ALLOWED' }],
      ['a verifier that needs a claim we do not make', () => verify(token, keys, { ...expected, requiredClaims: ['nonce'] }), claim('nonce')],
      ['a byte of the claims changed', () => verify(changed(token, 1), keys, expected), forged],
      ['a byte of the signature changed', () => verify(changed(token, 2), keys, expected), forged],
      ['a role added', () => verify(withClaims(token, { roles: ['admin', 'user'] }), keys, expected), forged],
      ['a longer life', () => verify(withClaims(token, { exp: claims.exp + 3600 }), keys, expected), forged],
      ['without a signature', () => verify(`${part({ ...header, alg: 'none' })}.${parts(token)[1]}.`, keys, expected), { code: 'ERR_JOSE_ALG_NOT_ALLOWED' }],
      ['signed by HMAC with the public key', async () => verify(await confused(), keys, expected), { code: 'ERR_JOSE_ALG_NOT_ALLOWED' }],
      ['signed by a key of the same id', async () => verify(await resigned(), keys, expected), forged],
      ['of another deployment of the same name', () => verify(other.token, keys, expected), { code: 'ERR_JWKS_NO_MATCHING_KEY' }],
      ['ours, at another deployment of the same name', () => verify(token, other.keys, expected), { code: 'ERR_JWKS_NO_MATCHING_KEY' }],
    ];
    async function confused() {
      const [jwk] = keys.jwks().keys;
      const secret = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      return new SignJWT(claims).setProtectedHeader({ ...header, alg: 'HS256' }).sign(Buffer.from(secret));
    }
    async function resigned() {
      const { privateKey } = await generateKeyPair(algorithm);
      return new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
    }
    for (const [name, attempt, error] of refusals) {
      await t.test(`refused: ${name}`, async () => {
        await assert.rejects(attempt, error);
        await good();
      });
    }

    await t.test('refused: expired', async () => {
      const old = decodeJwt(other.token);
      await expired(old);
      await assert.rejects(verify(other.token, other.keys, expected), { code: 'ERR_JWT_EXPIRED' });
      const { payload } = await verify(other.token, other.keys, { ...expected, currentDate: new Date(old.iat * 1000) });
      assert.equal(payload.exp - payload.iat, 1, 'nothing but the time is wrong');
    });
  });
}

test('HS256: the key is a secret, so nobody else can verify', async (t) => {
  const { service, token, keys } = await begin(t, { JWT_ALG: 'HS256' });
  assert.equal(await (await fetch(jwks(service))).text(), '{"keys":[]}');
  await assert.rejects(verify(token, keys, { issuer: service.issuer, algorithm: 'HS256' }), { code: 'ERR_JOSE_NOT_SUPPORTED' });
  const me = (bearer) => service.ask('{ me { email } }', { headers: { authorization: `Bearer ${bearer}` } });
  assert.equal((await me(token)).data.me.email, person.email);
  assert.equal(code(await me(changed(token, 1))), 'UNAUTHENTICATED');
});
