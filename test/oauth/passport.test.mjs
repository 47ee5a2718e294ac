// passport-openidconnect 0.1.2, which has no PKCE: its client is registered with pkce: false.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import Strategy from 'passport-openidconnect';
import { secret, startApp } from './apps.mjs';
import { ada, startTarget } from './target.mjs';

test('passport-openidconnect', async (t) => {
  const apps = { optedOut: await startApp(t), usual: await startApp(t) };
  const target = await startTarget(t, {
    optedOut: { redirectUris: [`${apps.optedOut.origin}/cb`], pkce: false },
    usual: { redirectUris: [`${apps.usual.origin}/cb`] },
  });

  function serve(name) {
    const { id, secret: clientSecret } = target.clients[name];
    const pass = new passport.Passport();
    const at = (path) => `${target.issuer}/oauth/${path}`;
    pass.use(new Strategy({
      issuer: target.issuer, authorizationURL: at('authorize'), tokenURL: at('token'), userInfoURL: at('userinfo'),
      clientID: id, clientSecret, callbackURL: `${apps[name].origin}/cb`, scope: 'email', nonce: true,
    }, (_issuer, profile, _context, _idToken, _accessToken, _refreshToken, done) => done(null, profile)));
    pass.serializeUser((user, done) => done(null, user));
    pass.deserializeUser((user, done) => done(null, user));
    const app = express();
    app.use(session({ secret: secret(), resave: false, saveUninitialized: true }), pass.initialize(), pass.session());
    app.get('/login', pass.authenticate('openidconnect'));
    app.get('/cb', pass.authenticate('openidconnect', { failWithError: true }), (_, response) => response.redirect('/me'));
    app.get('/me', (request, response) => response.json(request.user));
    app.use((error, request, response, _next) => response.status(403).json({ error: error.message, query: request.query }));
    apps[name].handle = app;
  }

  await t.test('a client that has to use PKCE is refused', async () => {
    serve('usual');
    const page = await target.person.visit(`${apps.usual.origin}/login`);
    assert.equal(page.status, 403);
    assert.equal(JSON.parse(page.text).query.error, 'invalid_request');
  });

  await t.test('a client that need not use PKCE logs in', async () => {
    serve('optedOut');
    const page = await target.person.visit(`${apps.optedOut.origin}/login`);
    assert.equal(page.status, 200, page.text);
    assert.equal(JSON.parse(page.text).emails[0].value, ada.email);
  });
});
