// What the service makes of cookies that no browser would send, and of each way to set it up; without a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, logIn, startService } from '../service.mjs';

const person = { email: 'ada@example.com', password: 'plum-harbour-violin-42' };
const ASKING = { 'x-auth-mode': 'cookie' };
const REFRESH = 'mutation($token: String) { refresh(refreshToken: $token) { refreshToken user { email } } }';
const OVER_HTTP = 'the refresh cookie has neither the prefix __Host- nor Secure';

const times = (text, part) => text.split(part).length - 1;

// startWith starts a service with the person in it, for as long as the test takes.
async function startWith(t, settings) {
  const service = await startService(settings);
  t.after(() => service.stop());
  await service.register(person);
  return service;
}

// cookieOf takes apart what an answer sets; null for nothing.
function cookieOf({ headers }) {
  const [line, ...more] = headers.getSetCookie();
  assert.equal(more.length, 0);
  if (!line) return null;
  const [pair, ...attributes] = line.split('; ');
  const [name, value] = pair.split('=');
  return { name, value, attributes: attributes.sort() };
}

// enter logs the person in, and answers with the cookie and the refresh token in the body.
async function enter(service, headers) {
  const answer = await service.ask(logIn(person), { headers });
  assert.equal(code(answer), undefined);
  return { cookie: cookieOf(answer), token: answer.data.login.refreshToken };
}

test('a cookie is the one token or none', async (t) => {
  const service = await startWith(t, {});
  const turned = (value, at) => value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1);
  const cases = [
    // what is wrong, the header Cookie, the argument, the code
    ['another argument beside it', (c) => `${c.name}=${c.value}`, () => 'x', 'BAD_REQUEST'],
    ['itself as an argument beside it', (c) => `${c.name}=${c.value}`, (c) => c.value, 'BAD_REQUEST'],
    ['an empty argument beside it', (c) => `${c.name}=${c.value}`, () => '', 'BAD_REQUEST'],
    ['twice', (c) => `${c.name}=${c.value}; ${c.name}=${c.value}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['another one before it', (c) => `${c.name}=x; ${c.name}=${c.value}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['another one after it', (c) => `${c.name}=${c.value}; ${c.name}=x`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['cut short at the end', (c) => `${c.name}=${c.value.slice(0, -1)}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['cut short at the beginning', (c) => `${c.name}=${c.value.slice(1)}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['its first byte changed', (c) => `${c.name}=${turned(c.value, 0)}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['a byte in the middle changed', (c) => `${c.name}=${turned(c.value, 50)}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['its last byte changed', (c) => `${c.name}=${turned(c.value, c.value.length - 1)}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['under the name it has over https', (c) => `__Host-${c.name}=${c.value}`, undefined, 'REFRESH_TOKEN_INVALID'],
    ['under another name', (c) => `refresh=${c.value}`, undefined, 'REFRESH_TOKEN_INVALID'],
  ];
  let cookie;
  for (const [name, header, argument, want] of cases) {
    await t.test(name, async () => {
      cookie ??= (await enter(service, ASKING)).cookie;
      const bad = await service.ask(REFRESH, { headers: { cookie: header(cookie) }, variables: { token: argument?.(cookie) } });
      assert.equal(code(bad), want);
      assert.equal(cookieOf(bad), null);
      const good = await service.ask(REFRESH, { headers: { cookie: `other=1; ${cookie.name}=${cookie.value}` } });
      assert.equal(good.data.refresh.user.email, person.email);
      cookie = cookieOf(good);
    });
  }
});

test('REFRESH_COOKIE=header: who asks gets a cookie', async (t) => {
  const service = await startWith(t, {});
  const { cookie, token } = await enter(service, ASKING);
  assert.equal(token, null);
  assert.equal(cookie.name, 'gatehouse-refresh');
  assert.deepEqual(cookie.attributes, ['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Strict']);
  const other = await enter(service);
  assert.equal(other.cookie, null);
  assert.equal(typeof other.token, 'string');
  assert.equal(times(service.log, OVER_HTTP), 1);
});

test('REFRESH_COOKIE=always: who does not ask gets one, too', async (t) => {
  const service = await startWith(t, { REFRESH_COOKIE: 'always' });
  for (const headers of [ASKING, undefined]) {
    const { cookie, token } = await enter(service, headers);
    assert.equal(token, null);
    const next = await service.ask(REFRESH, { headers: { cookie: `${cookie.name}=${cookie.value}` } });
    assert.equal(next.data.refresh.refreshToken, null);
    assert.notEqual(cookieOf(next).value, cookie.value);
  }
  const { cookie } = await enter(service);
  const byArgument = await service.ask(REFRESH, { variables: { token: cookie.value } });
  assert.equal(byArgument.data.refresh.refreshToken, null);
  assert.notEqual(cookieOf(byArgument).value, cookie.value);
  assert.equal(times(service.log, OVER_HTTP), 1);
});

test('REFRESH_COOKIE=never: who asks gets none, and none is read', async (t) => {
  const service = await startWith(t, { REFRESH_COOKIE: 'never' });
  const { cookie, token } = await enter(service, ASKING);
  assert.equal(cookie, null);
  const headers = { cookie: `gatehouse-refresh=${token}` };
  assert.equal(code(await service.ask(REFRESH, { headers })), 'REFRESH_TOKEN_INVALID');
  const next = await service.ask(REFRESH, { headers, variables: { token } });
  assert.equal(next.data.refresh.user.email, person.email);
  assert.equal(cookieOf(next), null);
  assert.equal(times(service.log, OVER_HTTP), 0);
});

test('over https the cookie is for this host and https alone', async (t) => {
  const service = await startWith(t, { PUBLIC_URL: 'https://id.example.com' });
  const { cookie, token } = await enter(service, ASKING);
  assert.equal(token, null);
  assert.equal(cookie.name, '__Host-gatehouse-refresh');
  assert.deepEqual(cookie.attributes, ['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Strict', 'Secure']);
  assert.equal(code(await service.ask(REFRESH, { headers: { cookie: `gatehouse-refresh=${cookie.value}` } })), 'REFRESH_TOKEN_INVALID');
  const headers = { cookie: `${cookie.name}=${cookie.value}` };
  const next = cookieOf(await service.ask(REFRESH, { headers }));
  const gone = cookieOf(await service.ask('mutation { logout }', { headers: { cookie: `${next.name}=${next.value}` } }));
  assert.deepEqual(gone, { name: cookie.name, value: '', attributes: ['HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Strict', 'Secure'] });
  assert.equal(times(service.log, OVER_HTTP), 0);
});
