// Cookies that a browser would not send, and each value of REFRESH_COOKIE; without a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, logIn, startService } from '../service.mjs';

const user = { email: 'ada@example.com', password: 'seven quiet herons' };
const WITH_COOKIE = { 'x-auth-mode': 'cookie' };
const REFRESH = 'mutation($token: String) { refresh(refreshToken: $token) { refreshToken user { email } } }';
const OVER_HTTP = 'the refresh cookie has neither the prefix __Host- nor Secure';

const count = (text, part) => text.split(part).length - 1;

// startWith starts a service with a registered user, until the test ends.
async function startWith(t, settings) {
  const service = await startService(settings);
  t.after(() => service.stop());
  await service.register(user);
  return service;
}

// cookieOf parses the cookie that an answer sets, or returns null.
function cookieOf({ headers }) {
  const [line, ...more] = headers.getSetCookie();
  assert.equal(more.length, 0);
  if (!line) return null;
  const [pair, ...attributes] = line.split('; ');
  const [name, value] = pair.split('=');
  return { name, value, attributes: attributes.sort() };
}

// login logs the user in, and returns the cookie and the refresh token in the answer.
async function login(service, headers) {
  const answer = await service.ask(logIn(user), { headers });
  assert.equal(code(answer), undefined);
  return { cookie: cookieOf(answer), token: answer.data.login.refreshToken };
}

test('a cookie is exactly one token', async (t) => {
  const service = await startWith(t, {});
  const changed = (value, at) => value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1);
  const cases = [
    // what is wrong, the Cookie header, the argument, the code
    ['with another token as an argument', (c) => `${c.name}=${c.value}`, () => 'x', 'BAD_REQUEST'],
    ['with the same token as an argument', (c) => `${c.name}=${c.value}`, (c) => c.value, 'BAD_REQUEST'],
    ['with an empty argument', (c) => `${c.name}=${c.value}`, () => '', 'BAD_REQUEST'],
    ['twice', (c) => `${c.name}=${c.value}; ${c.name}=${c.value}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['after another one', (c) => `${c.name}=x; ${c.name}=${c.value}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['before another one', (c) => `${c.name}=${c.value}; ${c.name}=x`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['without its last character', (c) => `${c.name}=${c.value.slice(0, -1)}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['without its first character', (c) => `${c.name}=${c.value.slice(1)}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['with its first character changed', (c) => `${c.name}=${changed(c.value, 0)}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['with a character in the middle changed', (c) => `${c.name}=${changed(c.value, 50)}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['with its last character changed', (c) => `${c.name}=${changed(c.value, c.value.length - 1)}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['under its name for https', (c) => `__Host-${c.name}=${c.value}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['under another name', (c) => `refresh=${c.value}`, undefined, 'REFRESH_TOKEN_INVALID'],
  ];
  let cookie;
  for (const [name, header, argument, want] of cases) {
    await t.test(name, async () => {
      cookie ??= (await login(service, WITH_COOKIE)).cookie;
      const bad = await service.ask(REFRESH, { headers: { cookie: header(cookie) }, variables: { token: argument?.(cookie) } });
      assert.equal(code(bad), want);
      assert.equal(cookieOf(bad), null);
      const good = await service.ask(REFRESH, { headers: { cookie: `other=1; ${cookie.name}=${cookie.value}` } });
      assert.equal(good.data.refresh.user.email, user.email);
      cookie = cookieOf(good);
    });
  }
});

test('REFRESH_COOKIE=header: a client that asks gets a cookie', async (t) => {
  const service = await startWith(t, {});
  const { cookie, token } = await login(service, WITH_COOKIE);
  assert.equal(token, null);
  assert.equal(cookie.name, 'gatehouse-refresh');
  assert.deepEqual(cookie.attributes, ['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Strict']);
  const other = await login(service);
  assert.equal(other.cookie, null);
  assert.equal(typeof other.token, 'string');
  assert.equal(count(service.log, OVER_HTTP), 1);
});

test('REFRESH_COOKIE=always: a client that does not ask gets a cookie, too', async (t) => {
  const service = await startWith(t, { REFRESH_COOKIE: 'always' });
  for (const headers of [WITH_COOKIE, undefined]) {
    const { cookie, token } = await login(service, headers);
    assert.equal(token, null);
    const next = await service.ask(REFRESH, { headers: { cookie: `${cookie.name}=${cookie.value}` } });
    assert.equal(next.data.refresh.refreshToken, null);
    assert.notEqual(cookieOf(next).value, cookie.value);
  }
  const { cookie } = await login(service);
  const byArgument = await service.ask(REFRESH, { variables: { token: cookie.value } });
  assert.equal(byArgument.data.refresh.refreshToken, null);
  assert.notEqual(cookieOf(byArgument).value, cookie.value);
  assert.equal(count(service.log, OVER_HTTP), 1);
});

test('REFRESH_COOKIE=never: a cookie is neither set nor read', async (t) => {
  const service = await startWith(t, { REFRESH_COOKIE: 'never' });
  const { cookie, token } = await login(service, WITH_COOKIE);
  assert.equal(cookie, null);
  const headers = { cookie: `gatehouse-refresh=${token}` };
  assert.equal(code(await service.ask(REFRESH, { headers })), 'REFRESH_TOKEN_INVALID');
  const next = await service.ask(REFRESH, { headers, variables: { token } });
  assert.equal(next.data.refresh.user.email, user.email);
  assert.equal(cookieOf(next), null);
  assert.equal(count(service.log, OVER_HTTP), 0);
});

test('over https, the cookie is for this host and https only', async (t) => {
  const service = await startWith(t, { PUBLIC_URL: 'https://id.example.com' });
  const { cookie, token } = await login(service, WITH_COOKIE);
  assert.equal(token, null);
  assert.equal(cookie.name, '__Host-gatehouse-refresh');
  assert.deepEqual(cookie.attributes, ['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Strict', 'Secure']);
  assert.equal(code(await service.ask(REFRESH, { headers: { cookie: `gatehouse-refresh=${cookie.value}` } })), 'REFRESH_TOKEN_INVALID');
  const headers = { cookie: `${cookie.name}=${cookie.value}` };
  const next = cookieOf(await service.ask(REFRESH, { headers }));
  const gone = cookieOf(await service.ask('mutation { logout }', { headers: { cookie: `${next.name}=${next.value}` } }));
  assert.deepEqual(gone, { name: cookie.name, value: '', attributes: ['HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Strict', 'Secure'] });
  assert.equal(count(service.log, OVER_HTTP), 0);
});
