// next-auth 4, whose openid-client 5 expects RS256 unless it is told otherwise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import nextAuth from 'next-auth';
import { cookiesOf, readBody, secret, startApp } from './apps.mjs';
import { ada, startTarget } from './target.mjs';
import { Page } from './walker.mjs';

const NextAuth = nextAuth.default ?? nextAuth;

// handler answers requests as Next.js would hand them to pages/api/auth/[...nextauth].js.
function handler(origin, options) {
  return async (request, response) => {
    const url = new URL(request.url, origin);
    const body = request.method === 'POST' ? Object.fromEntries(new URLSearchParams((await readBody(request)).toString())) : {};
    const query = { ...Object.fromEntries(url.searchParams), nextauth: url.pathname.split('/').slice(3) };
    Object.assign(request, { query, body, cookies: cookiesOf(request) });
    response.status = (status) => Object.assign(response, { statusCode: status });
    response.json = (value) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    response.send = (value) => response.end(typeof value === 'object' ? JSON.stringify(value) : value);
    await NextAuth(request, response, options);
  };
}

test('next-auth', async (t) => {
  const app = await startApp(t);
  const target = await startTarget(t, { web: { redirectUris: [`${app.origin}/api/auth/callback/gatehouse`] } });
  const { id, secret: clientSecret } = target.clients.web;
  process.env.NEXTAUTH_URL = app.origin;
  const problems = [];
  app.handle = handler(app.origin, {
    secret: secret(),
    logger: { error: (code, detail) => problems.push({ code, detail }), warn: () => {} },
    providers: [{
      id: 'gatehouse', name: 'Gatehouse', type: 'oauth', idToken: true, checks: ['pkce', 'state', 'nonce'],
      wellKnown: `${target.issuer}/.well-known/openid-configuration`, clientId: id, clientSecret,
      authorization: { params: { scope: 'openid email profile' } },
      profile: ({ sub, email, name }) => ({ id: sub, email, name }),
    }],
  });
  const page = await target.person.visit(`${app.origin}/api/auth/signin?callbackUrl=${encodeURIComponent(`${app.origin}/api/auth/session`)}`);
  assert.deepEqual(problems, []);
  assert.ok(page instanceof Page);
  const { user } = JSON.parse(page.text);
  assert.equal(user.email, ada.email);
});
