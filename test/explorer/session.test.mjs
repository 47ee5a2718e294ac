import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Session, claimsOf } from '../../web/explorer/session.mjs';
import { browserStorage } from '../../web/explorer/storage.mjs';
import { accessToken } from './tokens.mjs';

const memory = () => browserStorage('nothing'); // in memory, because this is not a browser

function newSession(seconds = 0) {
  const clock = { ms: seconds * 1000 };
  return { clock, session: new Session(() => clock.ms) };
}

test('claims are read from a JWT only', () => {
  for (const other of [null, '', 'abc', 'a.b.c', 42, `x.${Buffer.from('{"sub":7}').toString('base64url')}.x`]) {
    assert.equal(claimsOf(other), null, String(other));
  }
  assert.equal(claimsOf(accessToken({ sub: 'ü✓' })).sub, 'ü✓');
});

test('only an AuthPayload is adopted', () => {
  const { session } = newSession();
  for (const other of [null, {}, { accessToken: 'Ada' }, { refreshToken: 'r' }]) assert.equal(session.adopt(other), false);
  assert.equal(session.accessToken, null);
  assert.equal(session.adopt({ accessToken: accessToken(), refreshToken: 'r' }), true);
  assert.equal(session.refreshToken, 'r');
  assert.equal(session.name, 'u1');
});

test('the lifetime counts from the arrival of the token, whatever the server’s clock says', () => {
  const { session, clock } = newSession(5_000_000);
  session.adopt({ accessToken: accessToken() }); // exp - iat
  assert.equal(session.secondsLeft, 900);
  session.adopt({ accessToken: accessToken(), expiresIn: 60 });
  clock.ms += 59_000;
  assert.equal(session.secondsLeft, 1);
  clock.ms += 2_000;
  assert.equal(session.secondsLeft, 0);
});

test('a new payload replaces the old one completely', () => {
  const { session } = newSession();
  session.adopt({ accessToken: accessToken(), refreshToken: 'r', user: { email: 'ada@example.com' } });
  session.adopt({ accessToken: accessToken({ jti: '2' }) });
  assert.equal(session.refreshToken, null);
  assert.equal(session.refreshable, false);
  assert.equal(session.name, 'ada@example.com', 'the same user');
  session.adopt({ accessToken: accessToken({ sub: 'u2' }), refreshToken: null });
  assert.equal(session.name, 'u2');
  assert.equal(session.cookie, true, 'a null refresh token is in the cookie');
  assert.equal(session.refreshable, true);
});

test('the email address is taken from the user’s own account only', () => {
  const { session } = newSession();
  session.adopt({ accessToken: accessToken() });
  session.learnEmail({ id: 'u2', email: 'eve@example.com' });
  assert.equal(session.name, 'u1');
  session.learnEmail({ id: 'u1', email: 'ada@example.com' });
  assert.equal(session.name, 'ada@example.com');
});

test('a reload keeps the session, and leaves no copy', () => {
  const store = memory();
  const { session } = newSession();
  session.adopt({ accessToken: accessToken(), refreshToken: 'r', user: { email: 'ada@example.com' } });
  session.suspend(store);
  const next = newSession().session;
  next.resume(store);
  assert.deepEqual([next.name, next.refreshToken, next.subject], ['ada@example.com', 'r', 'u1']);
  assert.equal(store.length, 0);
  const duplicate = newSession().session;
  duplicate.resume(store);
  assert.equal(duplicate.accessToken, null);
});

test('every change dispatches an event, and a notice stays until the next change', () => {
  const { session } = newSession();
  let changes = 0;
  session.addEventListener('change', () => changes++);
  session.end('Your session has ended.');
  assert.equal(session.notice, 'Your session has ended.');
  session.adopt({ accessToken: accessToken() });
  assert.equal(session.notice, '');
  assert.equal(changes, 2);
});
