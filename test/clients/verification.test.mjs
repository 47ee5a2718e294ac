// Libraries of other projects verify access tokens signed with each algorithm, and refuse all others.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { SignJWT, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, generateKeyPair } from 'jose';
import { code, logIn, startService } from '../service.mjs';
import { OTHERS, honoWithoutType } from './others.mjs';
import { AUDIENCE, REQUIRED, expired, jwks, keyIds, user, verify } from './verifier.mjs';

const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const parts = (token) => token.split('.');

// start starts a service with a registered user, until the test ends.
async function start(t, settings) {
  const service = await startService({ AUDIENCE, ...settings });
  t.after(() => service.stop());
  const { accessToken } = await service.register(user);
  return { service, token: accessToken, keys: createRemoteJWKSet(jwks(service)) };
}

// changed returns the token with one byte of a part changed.
function changed(token, index) {
  const all = parts(token);
  const bytes = Buffer.from(all[index], 'base64url');
  bytes[bytes.length >> 1] ^= 1;
  all[index] = bytes.toString('base64url');
  return all.join('.');
}

// withClaims returns the token with other claims and the old signature.
function withClaims(token, claims) {
  const [header, , signature] = parts(token);
  return [header, part({ ...decodeJwt(token), ...claims }), signature].join('.');
}

// The algorithms, each with the setting. A new deployment needs none for ES256.
const ALGORITHMS = { EdDSA: { JWT_ALG: 'EdDSA' }, ES256: {}, RS256: { JWT_ALG: 'RS256' } };

for (const [algorithm, setting] of Object.entries(ALGORITHMS)) {
  test(algorithm, async (t) => {
    const { service, token, keys } = await start(t, setting);
    const { issuer } = service;
    // A deployment with the same issuer, but its own keys.
    const other = await start(t, { ...setting, PUBLIC_URL: issuer, ACCESS_TOKEN_TTL: '1s' });
    const expected = { issuer, algorithm };
    const valid = () => verify(token, keys, expected);
    const header = decodeProtectedHeader(token);
    const claims = decodeJwt(token);

    await t.test('a valid token says who, for whom and how long', async () => {
      const { payload, protectedHeader } = await valid();
      assert.deepEqual(protectedHeader, { alg: algorithm, typ: 'at+jwt', kid: header.kid });
      assert.deepEqual([payload.iss, payload.aud, payload.client_id, payload.scope, payload.roles], [issuer, AUDIENCE, 'gatehouse', '', ['user']]);
      assert.equal(payload.exp - payload.iat, 900);
      assert.deepEqual(Object.keys(payload).sort(), [...REQUIRED, 'acr', 'amr'].sort());
      assert.deepEqual(await keyIds(service), [header.kid]);
    });

    await t.test('tokens from a login and from a refresh are valid, too', async () => {
      const { data } = await service.ask(logIn(user));
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
      ['a verifier for another issuer', () => verify(token, keys, { ...expected, issuer: 'https://id.example.com' }), claim('iss')],
      ['a verifier for the issuer with a slash', () => verify(token, keys, { ...expected, issuer: `${issuer}/` }), claim('iss')],
      ['a verifier for another type of token', () => verify(token, keys, { ...expected, typ: 'JWT' }), claim('typ')],
      ['a verifier for another algorithm', () => verify(token, keys, { ...expected, algorithm: 'PS256' }), { code: 'ERR_JOSE_ALG_NOT_ALLOWED' }],
      ['a verifier that requires another claim', () => verify(token, keys, { ...expected, requiredClaims: ['nonce'] }), claim('nonce')],
      ['a byte of the claims changed', () => verify(changed(token, 1), keys, expected), forged],
      ['a byte of the signature changed', () => verify(changed(token, 2), keys, expected), forged],
      ['a role added', () => verify(withClaims(token, { roles: ['admin', 'user'] }), keys, expected), forged],
      ['a longer lifetime', () => verify(withClaims(token, { exp: claims.exp + 3600 }), keys, expected), forged],
      ['without a signature', () => verify(`${part({ ...header, alg: 'none' })}.${parts(token)[1]}.`, keys, expected), { code: 'ERR_JOSE_ALG_NOT_ALLOWED' }],
      ['signed with HMAC and the public key', async () => verify(await confused(), keys, expected), { code: 'ERR_JOSE_ALG_NOT_ALLOWED' }],
      ['signed by another key with the same id', async () => verify(await resigned(), keys, expected), forged],
      ['from another deployment with the same issuer', () => verify(other.token, keys, expected), { code: 'ERR_JWKS_NO_MATCHING_KEY' }],
      ['from this deployment, with the keys of another', () => verify(token, other.keys, expected), { code: 'ERR_JWKS_NO_MATCHING_KEY' }],
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
        await valid();
      });
    }

    await t.test('refused: expired', async () => {
      const old = decodeJwt(other.token);
      await expired(old);
      await assert.rejects(verify(other.token, other.keys, expected), { code: 'ERR_JWT_EXPIRED' });
      const { payload } = await verify(other.token, other.keys, { ...expected, currentDate: new Date(old.iat * 1000) });
      assert.equal(payload.exp - payload.iat, 1, 'only the time is wrong');
    });

    const settings = { jwksUri: jwks(service), issuer, audience: AUDIENCE, algorithm };
    for (const { name, verify: accepts, refuses } of OTHERS) {
      await t.test(name, async () => {
        if (refuses.includes(algorithm)) {
          await assert.rejects(accepts(token, settings), 'see the table in docs/verifiers.md');
          return;
        }
        const valid = async () => assert.deepEqual(await accepts(token, settings), claims);
        await valid();
        const refused = {
          'another audience': () => accepts(token, { ...settings, audience: 'https://other.example.com' }),
          'another issuer': () => accepts(token, { ...settings, issuer: 'https://id.example.com' }),
          'another algorithm': () => accepts(token, { ...settings, algorithm: algorithm === 'RS256' ? 'ES256' : 'RS256' }),
          'an expired token': () => accepts(other.token, { ...settings, jwksUri: jwks(other.service) }),
          'a token of another deployment': () => accepts(other.token, settings),
          'a role added': () => accepts(withClaims(token, { roles: ['admin', 'user'] }), settings),
          'a byte of the signature changed': () => accepts(changed(token, 2), settings),
        };
        for (const [what, attempt] of Object.entries(refused)) await assert.rejects(attempt, `${name}: ${what}`);
        await valid();
      });
    }

    await t.test('hono refuses the type of access tokens unless it is named', async () => {
      await assert.rejects(honoWithoutType(token, settings), /status 401/);
    });
  });
}

test('HS256: the key is secret, so other services can’t verify tokens', async (t) => {
  const { service, token, keys } = await start(t, { JWT_ALG: 'HS256' });
  assert.equal(await (await fetch(jwks(service))).text(), '{"keys":[]}');
  await assert.rejects(verify(token, keys, { issuer: service.issuer, algorithm: 'HS256' }), { code: 'ERR_JOSE_NOT_SUPPORTED' });
  const me = (bearer) => service.ask('{ me { email } }', { headers: { authorization: `Bearer ${bearer}` } });
  assert.equal((await me(token)).data.me.email, user.email);
  assert.equal(code(await me(changed(token, 1))), 'UNAUTHENTICATED');
});
