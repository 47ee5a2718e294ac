// @auth/core (Auth.js 5). Its assertions have two audiences, which RFC 10070 refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Auth } from '@auth/core';
import { secret, serveFetch, startApp } from './apps.mjs';
import { ada, startTarget } from './target.mjs';

test('@auth/core', async (t) => {
  const [app, signedApp] = [await startApp(t), await startApp(t)];
  const callback = ({ origin }) => `${origin}/auth/callback/gatehouse`;
  const { publicKey, privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  const target = await startTarget(t, {
    web: { redirectUris: [callback(app)] },
    signed: { redirectUris: [callback(signedApp)], jwks: { keys: [jwk] } },
  });

  // serve makes the application one that logs in through the provider, and returns its log.
  function serve({ origin }, client) {
    const problems = [];
    const options = {
      basePath: '/auth', secret: secret(), trustHost: true,
      logger: { error: (error) => problems.push(error), warn: () => {}, debug: () => {} },
      providers: [{
        id: 'gatehouse', name: 'Gatehouse', type: 'oidc', issuer: target.issuer, checks: ['pkce', 'state', 'nonce'],
        authorization: { params: { scope: 'openid email profile' } }, ...client,
        profile: ({ sub, email, name }) => ({ id: sub, email, name }),
      }],
    };
    return { problems, handle: serveFetch(origin, (request) => Auth(request, options)) };
  }

  const signIn = ({ origin }) => target.person.visit(`${origin}/auth/signin?callbackUrl=${encodeURIComponent(`${origin}/auth/session`)}`);

  await t.test('with a secret', async () => {
    const { problems, handle } = serve(app, { clientId: target.clients.web.id, clientSecret: target.clients.web.secret });
    app.handle = handle;
    const page = await signIn(app);
    assert.deepEqual(problems, []);
    assert.equal(JSON.parse(page.text).user.email, ada.email);
  });

  await t.test('private_key_jwt with the issuer and the token endpoint as audiences', async () => {
    const { problems, handle } = serve(signedApp, {
      clientId: target.clients.signed.id, client: { token_endpoint_auth_method: 'private_key_jwt' }, token: { clientPrivateKey: { key: privateKey, kid: 'k1' } },
    });
    signedApp.handle = handle;
    const page = await signIn(signedApp);
    if (target.kind === 'oracle') {
      assert.equal(JSON.parse(page.text).user.email, ada.email);
      return;
    }
    assert.match(JSON.stringify(problems.map(({ cause }) => cause)), /invalid_client/);
  });
});
