// openid-client 6: the code flow, a pushed request, refresh, revocation, and log-out by the
// person's browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { ada, startTarget } from './target.mjs';

const CALLBACK = 'http://127.0.0.1:7000/cb';
const BYE = 'http://127.0.0.1:7000/bye';

test('openid-client', async (t) => {
  const target = await startTarget(t, {
    web: { redirectUris: [CALLBACK], postLogoutRedirectUris: [BYE] },
    spa: { kind: 'PUBLIC', redirectUris: [CALLBACK] },
  });
  const { web, spa } = target.clients;
  const options = { execute: [client.allowInsecureRequests] };
  const discover = ({ id, secret }) => client.discovery(new URL(target.issuer), id, undefined, secret ? client.ClientSecretBasic(secret) : client.None(), options);

  // login returns the tokens of a code flow.
  async function login(config, { pushed = false, ...parameters } = {}) {
    const [verifier, state, nonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()];
    const all = {
      redirect_uri: CALLBACK, scope: 'openid email profile', state, nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...parameters,
    };
    const url = pushed ? await client.buildAuthorizationUrlWithPAR(config, all) : client.buildAuthorizationUrl(config, all);
    const back = await target.person.arrive(url, { until: CALLBACK });
    return client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true, maxAge: parameters.max_age });
  }

  for (const [name, registered] of Object.entries({ confidential: web, public: spa })) {
    await t.test(`${name}: log in, read the profile, refresh, revoke`, async () => {
      const config = await discover(registered);
      const tokens = await login(config, { scope: 'openid email profile offline_access', prompt: 'consent' });
      const claims = tokens.claims();
      const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
      assert.equal(info.email, ada.email);
      const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
      assert.equal(refreshed.claims().sub, claims.sub);
      const latest = refreshed.refresh_token ?? tokens.refresh_token;
      await client.tokenRevocation(config, latest);
      await assert.rejects(client.refreshTokenGrant(config, latest), { error: 'invalid_grant' });
    });
  }

  await t.test('a pushed request, and one that wants the password again', async () => {
    const config = await discover(web);
    assert.ok((await login(config, { pushed: true })).access_token);
    const before = Math.floor(Date.now() / 1000);
    const { auth_time: time } = (await login(config, { max_age: 0 })).claims();
    assert.ok(time >= before, `auth_time ${time} is before ${before}`);
  });

  await t.test('prompt=none is answered with a code, and after logging out with login_required', async () => {
    const config = await discover(web);
    const { id_token: hint } = await login(config);
    assert.ok((await login(config, { prompt: 'none' })).access_token);
    const url = client.buildEndSessionUrl(config, { id_token_hint: hint, post_logout_redirect_uri: BYE, state: 'seen' });
    const back = await target.person.arrive(url, { until: BYE });
    assert.equal(back.searchParams.get('state'), 'seen');
    await assert.rejects(login(config, { prompt: 'none' }), { error: 'login_required' });
    assert.ok((await login(config)).access_token, 'logging in again');
  });
});
