// Libraries that stand for authenticator apps make the codes that the service takes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { generateSync } from 'otplib';
import speakeasy from 'speakeasy';
import { logIn, startService } from '../service.mjs';
import { user } from './verifier.mjs';

// The libraries, each as a function that returns the code of a secret in base32 at a second.
const LIBRARIES = {
  otplib: (secret, at) => generateSync({ secret, epoch: at }),
  otpauth: (secret, at) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at * 1000 }),
  speakeasy: (secret, at) => speakeasy.totp({ secret, encoding: 'base32', time: at }),
};

// Of the same 10,000 codes as in auth/factor/totp/totp_test.go.
const DIGEST = '19d9dc1ec04d467c7704a4f15d42067d9ff18a24fe1202bf9f7b627f22da12be';
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'; // "12345678901234567890"

for (const [name, code] of Object.entries(LIBRARIES)) {
  test(`${name} makes the same 10,000 codes`, () => {
    const digest = createHash('sha256');
    for (let i = 0; i < 10_000; i++) digest.update(code(SECRET, i * 7919 * 30));
    assert.equal(digest.digest('hex'), DIGEST);
  });

  test(`${name} logs in`, async (t) => {
    const service = await startService();
    t.after(() => service.stop());
    const { accessToken } = await service.register(user);
    const headers = { Authorization: `Bearer ${accessToken}` };
    const begun = await service.ask('mutation { beginTotp { proof secret } }', { headers });
    const { proof, secret } = begun.data.beginTotp;
    const confirm = (at) =>
      service.ask('mutation($input: ConfirmTotpInput!) { confirmTotp(input: $input) { totp } }', {
        headers,
        variables: { input: { proof, code: code(secret, at) } },
      });
    const now = Math.floor(Date.now() / 1000);
    assert.equal((await confirm(now - 300)).errors[0].extensions.code, 'INVALID_CREDENTIALS');
    assert.deepEqual((await confirm(now)).data, { confirmTotp: { totp: true } });
    const { errors } = await service.ask(logIn(user));
    assert.deepEqual([errors[0].extensions.code, errors[0].extensions.methods], ['CHALLENGE_REQUIRED', ['TOTP']]);
    const answer = (at) =>
      service.ask('mutation($input: ChallengeAnswer!) { answerChallenge(input: $input) { accessToken user { id } } }', {
        variables: { input: { token: errors[0].extensions.challenge, totp: code(secret, at) } },
      });
    assert.equal((await answer(now)).errors[0].extensions.code, 'INVALID_CREDENTIALS'); // it set the app up
    assert.ok((await answer(now + 30)).data.answerChallenge.accessToken);
  });
}
