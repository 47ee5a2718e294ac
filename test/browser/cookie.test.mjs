// The refresh cookie of a page on another port of localhost: the same site, but another origin.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { code, logIn } from '../service.mjs';
import { LOGOUT, REFRESH, openPage, start, user, send, eve, refreshCookie } from './pages.mjs';

const COOKIE = { 'x-auth-mode': 'cookie' };

let setup;
let context;
let page;

before(async () => {
  setup = await start();
});
after(() => setup?.close());

beforeEach(async () => {
  context = await setup.browser.newContext();
  page = await openPage(context, setup.allowed);
});
afterEach(() => context.close());

const logInWithCookie = (tab = page) => send(tab, setup.url, logIn(user), { headers: COOKIE });
const refresh = (tab = page) => send(tab, setup.url, REFRESH);

test('a login that asks for the cookie gets the refresh token in the cookie only', async () => {
  const { data } = await logInWithCookie();
  assert.equal(data.login.user.email, user.email);
  assert.equal(data.login.refreshToken, null);
  const { value, expires, ...rest } = await refreshCookie(context);
  assert.deepEqual(rest, { name: 'gatehouse-refresh', domain: 'localhost', path: '/', httpOnly: true, secure: false, sameSite: 'Strict' });
  assert.ok(value.length > 80 && expires > Date.now() / 1000 + 700 * 3600, 'a token that lasts as long as a session without a refresh');
});

test('a login that does not ask for the cookie gets the token in the answer only', async () => {
  const { data } = await send(page, setup.url, logIn(user));
  assert.equal(typeof data.login.refreshToken, 'string');
  assert.equal(await refreshCookie(context), undefined);
});

test('a script sees other cookies, but not this one', async () => {
  await logInWithCookie();
  const seen = await page.evaluate(() => {
    document.cookie = 'readable=yes; path=/';
    return document.cookie;
  });
  assert.equal(seen, 'readable=yes');
  assert.ok(await refreshCookie(context));
});

test('each refresh sets the next token in the cookie', async () => {
  await logInWithCookie();
  const values = [(await refreshCookie(context)).value];
  for (let round = 0; round < 3; round++) {
    const { status, data } = await refresh();
    assert.equal(status, 200);
    assert.equal(data.refresh.user.email, user.email);
    assert.equal(data.refresh.refreshToken, null, 'a script that can’t read the cookie must not get the token by asking');
    values.push((await refreshCookie(context)).value);
  }
  assert.equal(new Set(values).size, 4);
});

test('a request without the cookie refreshes nothing', async () => {
  await logInWithCookie();
  const without = await send(page, setup.url, REFRESH, { credentials: 'omit' });
  assert.equal(code(without), 'REFRESH_TOKEN_INVALID');
  assert.equal(code(await refresh()), undefined);
});

test('the cookie is no access credential', async () => {
  await logInWithCookie();
  const me = await send(page, setup.url, '{ me { email } }');
  assert.equal(code(me), 'UNAUTHENTICATED');
  const { data } = await refresh();
  const known = await send(page, setup.url, '{ me { email } }', { headers: { authorization: `Bearer ${data.refresh.accessToken}` } });
  assert.equal(known.data.me.email, user.email);
});

test('two tabs that refresh at the same time both succeed', async () => {
  await logInWithCookie();
  const other = await openPage(context, setup.allowed);
  for (let round = 0; round < 5; round++) {
    setup.recorder.clear();
    setup.recorder.hold(2);
    const answers = await Promise.all([refresh(page), refresh(other)]);
    assert.deepEqual(answers.map(({ data }) => data.refresh?.user.email), [user.email, user.email]);
    const [first, second] = setup.recorder.posts;
    assert.equal(first.cookie, second.cookie, 'both sent the same token');
    assert.equal(first.sets, second.sets, 'and both got the same successor');
    assert.notEqual(first.sets.split(';')[0], first.cookie);
  }
});

test('logging out deletes the cookie, and its token stops working', async () => {
  await logInWithCookie();
  const { name, value, domain, path } = await refreshCookie(context);
  const { data } = await send(page, setup.url, LOGOUT);
  assert.equal(data.logout, true);
  assert.equal(await refreshCookie(context), undefined);
  assert.equal(code(await refresh()), 'REFRESH_TOKEN_INVALID');
  await context.addCookies([{ name, value, domain, path, sameSite: 'Strict', httpOnly: true }]);
  assert.equal(code(await refresh()), 'REFRESH_TOKEN_INVALID');
});

test('a cookie set by another page of the host is not used for the user', async () => {
  const attacker = await setup.gatehouse.ask(logIn(eve));
  await logInWithCookie();
  const elsewhere = await openPage(context, `http://localhost:${setup.otherPort}`);
  const set = (value) => elsewhere.evaluate((text) => (document.cookie = text), `gatehouse-refresh=${value}; path=/graphql`);
  await set(attacker.data.login.refreshToken);
  assert.equal((await context.cookies(setup.url)).filter(({ name }) => name === 'gatehouse-refresh').length, 2);
  assert.equal(code(await refresh()), 'REFRESH_TOKEN_INVALID');
  await set('gone; max-age=0');
  assert.equal((await refresh()).data.refresh.user.email, user.email);
});

test('under another name of this machine, the cookie is neither stored nor sent', async () => {
  const url = setup.url.replace('localhost', '127.0.0.1');
  const { data } = await send(page, url, logIn(user), { headers: COOKIE });
  assert.equal(data.login.user.email, user.email);
  assert.deepEqual(await context.cookies(), []);
  await logInWithCookie();
  assert.equal(code(await send(page, url, REFRESH)), 'REFRESH_TOKEN_INVALID');
  assert.equal(code(await refresh()), undefined);
});
