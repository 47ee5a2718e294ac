// oauth4webapi, which is strict about content types, iss, state and algorithms, and encodes both
// parts of HTTP Basic.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { ada, startTarget } from './target.mjs';

const insecure = { [oauth.allowInsecureRequests]: true };
const CALLBACK = 'http://127.0.0.1:7000/cb';

test('oauth4webapi', async (t) => {
  const keys = await oauth.generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await crypto.subtle.exportKey('jwk', keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  const target = await startTarget(t, {
    web: { redirectUris: [CALLBACK] },
    native: { kind: 'PUBLIC', redirectUris: [CALLBACK], loopback: true },
    signed: { redirectUris: [CALLBACK], jwks: { keys: [jwk] } },
    robot: { grants: ['client_credentials'], scopes: ['read:users'] },
  });
  const { web, native, signed, robot } = target.clients;
  const issuer = new URL(target.issuer);
  const discovered = await oauth.discoveryRequest(issuer, insecure);
  const as = await oauth.processDiscoveryResponse(issuer, discovered);

  await t.test('both metadata documents say the same', async () => {
    const response = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' });
    if (target.kind !== 'oracle') assert.deepEqual(await oauth.processDiscoveryResponse(issuer, response), as);
  });

  // authorized returns the parameters of the answer to a code request.
  async function authorized(client, parameters, { redirect = CALLBACK, ...more } = {}) {
    const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
    const url = new URL(as.authorization_endpoint);
    const all = {
      client_id: client.client_id, redirect_uri: redirect, response_type: 'code', scope: 'openid email', state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...parameters,
    };
    for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
    const answer = await target.person.arrive(url, { until: redirect, ...more });
    return { verifier, parameters: oauth.validateAuthResponse(as, client, answer, state) };
  }

  // exchanged returns the tokens of a whole code flow.
  async function exchanged(client, authentication, parameters = {}, more = {}) {
    const { verifier, parameters: answer } = await authorized(client, parameters, more);
    const response = await oauth.authorizationCodeGrantRequest(as, client, authentication, answer, more.redirect ?? CALLBACK, verifier, insecure);
    return oauth.processAuthorizationCodeResponse(as, client, response, { requireIdToken: true, expectedNonce: parameters.nonce ?? oauth.expectNoNonce });
  }

  const clientOf = ({ id }) => ({ client_id: id });
  const methods = {
    'client_secret_basic': [web, oauth.ClientSecretBasic(web.secret)],
    'private_key_jwt': [signed, oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'k1' })],
    'none': [native, oauth.None()],
    ...(target.kind !== 'oracle' && { 'client_secret_post': [web, oauth.ClientSecretPost(web.secret)] }),
  };
  for (const [method, [registered, authentication]] of Object.entries(methods)) {
    const client = clientOf(registered);
    await t.test(`code flow with ${method}: tokens, userinfo, refresh, revocation`, async () => {
      const nonce = oauth.generateRandomNonce();
      const tokens = await exchanged(client, authentication, { nonce, scope: 'openid email offline_access', prompt: 'consent' });
      const claims = oauth.getValidatedIdTokenClaims(tokens);
      assert.equal(claims.nonce, nonce);
      assert.deepEqual(tokens.scope.split(' ').sort(), ['email', 'offline_access', 'openid']);

      const userinfo = await oauth.userInfoRequest(as, client, tokens.access_token, insecure);
      const { sub, email } = await oauth.processUserInfoResponse(as, client, claims.sub, userinfo);
      assert.deepEqual([sub, email], [claims.sub, ada.email]);

      const refreshed = await oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, insecure));
      const again = oauth.getValidatedIdTokenClaims(refreshed);
      assert.deepEqual([again.sub, again.auth_time ?? claims.auth_time], [claims.sub, claims.auth_time]);

      const latest = refreshed.refresh_token ?? tokens.refresh_token;
      await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, latest, insecure));
      const dead = await oauth.refreshTokenGrantRequest(as, client, authentication, latest, insecure);
      await assert.rejects(oauth.processRefreshTokenResponse(as, client, dead), { error: 'invalid_grant', status: 400 });
    });
  }

  await t.test('a pushed request', async () => {
    const client = clientOf(web);
    const verifier = oauth.generateRandomCodeVerifier();
    const parameters = new URLSearchParams({
      client_id: client.client_id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    });
    const secret = oauth.ClientSecretBasic(web.secret);
    const pushed = await oauth.processPushedAuthorizationResponse(as, client, await oauth.pushedAuthorizationRequest(as, client, secret, parameters, insecure));
    const url = new URL(as.authorization_endpoint);
    url.search = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri });
    const answer = oauth.validateAuthResponse(as, client, await target.person.arrive(url, { until: CALLBACK }), oauth.expectNoState);
    const response = await oauth.authorizationCodeGrantRequest(as, client, secret, answer, CALLBACK, verifier, insecure);
    assert.ok((await oauth.processAuthorizationCodeResponse(as, client, response)).access_token);
  });

  await t.test('another port of the same program', async () => {
    const tokens = await exchanged(clientOf(native), oauth.None(), {}, { redirect: 'http://127.0.0.1:51234/cb' });
    assert.ok(tokens.access_token);
  });

  await t.test('the person refuses', async () => {
    target.person.forget();
    const refused = authorized(clientOf(native), { prompt: 'consent', scope: 'openid profile email' }, { refuse: true });
    await assert.rejects(refused, { error: 'access_denied' });
  });

  await t.test('client credentials, and what introspection says of them', async () => {
    const client = clientOf(robot);
    const secret = oauth.ClientSecretBasic(robot.secret);
    const response = await oauth.clientCredentialsGrantRequest(as, client, secret, { scope: 'read:users' }, insecure);
    const tokens = await oauth.processClientCredentialsResponse(as, client, response);
    assert.equal(tokens.refresh_token, undefined);
    const told = await oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, secret, tokens.access_token, insecure));
    assert.deepEqual([told.active, told.client_id], [true, client.client_id]);
    const other = await oauth.introspectionRequest(as, clientOf(web), oauth.ClientSecretBasic(web.secret), tokens.access_token, insecure);
    if (target.kind !== 'oracle') assert.deepEqual(await oauth.processIntrospectionResponse(as, clientOf(web), other), { active: false });
  });

  await t.test('a wrong secret is invalid_client, with a challenge', async () => {
    const response = await oauth.clientCredentialsGrantRequest(as, clientOf(robot), oauth.ClientSecretBasic('wrong'), { scope: 'read:users' }, insecure);
    const client = clientOf(robot);
    await assert.rejects(oauth.processClientCredentialsResponse(as, client, response), (error) =>
      error instanceof oauth.WWWAuthenticateChallengeError || error.error === 'invalid_client');
  });
});
