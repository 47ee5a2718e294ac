import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Session, claimsOf } from '../../web/explorer/session.mjs';
import { browserStorage } from '../../web/explorer/storage.mjs';
import { accessToken } from './tokens.mjs';

const memory = () => browserStorage('nothing'); // outside a browser: in memory

function session(seconds = 0) {
  const clock = { ms: seconds * 1000 };
  return { clock, held: new Session(() => clock.ms) };
}

test('claims are read from a JWT, and from nothing else', () => {
  for (const other of [null, '', 'abc', 'a.b.c', 42, `x.${Buffer.from('{"sub":7}').toString('base64url')}.x`]) {
    assert.equal(claimsOf(other), null, String(other));
  }
  assert.equal(claimsOf(accessToken({ sub: 'ü✓' })).sub, 'ü✓');
});

test('what is no AuthPayload is not adopted', () => {
  const { held } = session();
  for (const other of [null, {}, { accessToken: 'Ada' }, { refreshToken: 'r' }]) assert.equal(held.adopt(other), false);
  assert.equal(held.accessToken, null);
  assert.equal(held.adopt({ accessToken: accessToken(), refreshToken: 'r' }), true);
  assert.equal(held.refreshToken, 'r');
  assert.equal(held.name, 'u1');
});

test('the lifetime counts from when the token came, whatever the clock of the server says', () => {
  const { held, clock } = session(5_000_000);
  held.adopt({ accessToken: accessToken() }); // exp - iat
  assert.equal(held.secondsLeft, 900);
  held.adopt({ accessToken: accessToken(), expiresIn: 60 });
  clock.ms += 59_000;
  assert.equal(held.secondsLeft, 1);
  clock.ms += 2_000;
  assert.equal(held.secondsLeft, 0);
});

test('a new payload leaves nothing of the old one', () => {
  const { held } = session();
  held.adopt({ accessToken: accessToken(), refreshToken: 'r', user: { email: 'ada@example.com' } });
  held.adopt({ accessToken: accessToken({ jti: '2' }) });
  assert.equal(held.refreshToken, null);
  assert.equal(held.refreshable, false);
  assert.equal(held.name, 'ada@example.com', 'the same person');
  held.adopt({ accessToken: accessToken({ sub: 'u2' }), refreshToken: null });
  assert.equal(held.name, 'u2');
  assert.equal(held.cookie, true, 'a null refresh token lies in the cookie');
  assert.equal(held.refreshable, true);
});

test('an address is learned from the own account only', () => {
  const { held } = session();
  held.adopt({ accessToken: accessToken() });
  held.learn({ id: 'u2', email: 'eve@example.com' });
  assert.equal(held.name, 'u1');
  held.learn({ id: 'u1', email: 'ada@example.com' });
  assert.equal(held.name, 'ada@example.com');
});

test('a reload keeps the session, and leaves nothing behind', () => {
  const store = memory();
  const { held } = session();
  held.adopt({ accessToken: accessToken(), refreshToken: 'r', user: { email: 'ada@example.com' } });
  held.suspend(store);
  const next = session().held;
  next.resume(store);
  assert.deepEqual([next.name, next.refreshToken, next.subject], ['ada@example.com', 'r', 'u1']);
  assert.equal(store.length, 0);
  const duplicate = session().held;
  duplicate.resume(store);
  assert.equal(duplicate.accessToken, null);
});

test('every change is told, with a notice until the next', () => {
  const { held } = session();
  let told = 0;
  held.addEventListener('change', () => told++);
  held.forget('Your session has ended.');
  assert.equal(held.notice, 'Your session has ended.');
  held.adopt({ accessToken: accessToken() });
  assert.equal(held.notice, '');
  assert.equal(told, 2);
});
