// The refresh cookie of a page on another port of localhost: of the same site, and another origin.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { code, logIn } from '../service.mjs';
import { LOGOUT, REFRESH, openPage, openWorld, person, send, stranger, theCookie } from './pages.mjs';

const COOKIE = { 'x-auth-mode': 'cookie' };

let world;
let context;
let page;

before(async () => {
  world = await openWorld();
});
after(() => world?.close());

beforeEach(async () => {
  context = await world.browser.newContext();
  page = await openPage(context, world.allowed);
});
afterEach(() => context.close());

const enter = (tab = page, who = person) => send(tab, world.url, logIn(who), { headers: COOKIE });
const refresh = (tab = page) => send(tab, world.url, REFRESH);

test('a login that asks for it puts the refresh token into a cookie, and nowhere else', async () => {
  const { data } = await enter();
  assert.equal(data.login.user.email, person.email);
  assert.equal(data.login.refreshToken, null);
  const { value, expires, ...rest } = await theCookie(context);
  assert.deepEqual(rest, { name: 'gatehouse-refresh', domain: 'localhost', path: '/', httpOnly: true, secure: false, sameSite: 'Strict' });
  assert.ok(value.length > 80 && expires > Date.now() / 1000 + 700 * 3600, 'a token, for as long as an unused one works');
});

test('a login that does not ask for it gets the token, and no cookie', async () => {
  const { data } = await send(page, world.url, logIn(person));
  assert.equal(typeof data.login.refreshToken, 'string');
  assert.equal(await theCookie(context), undefined);
});

test('a script sees other cookies, and not this one', async () => {
  await enter();
  const seen = await page.evaluate(() => {
    document.cookie = 'readable=yes; path=/';
    return document.cookie;
  });
  assert.equal(seen, 'readable=yes');
  assert.ok(await theCookie(context));
});

test('the token goes on in the cookie at each refresh', async () => {
  await enter();
  const values = [(await theCookie(context)).value];
  for (let round = 0; round < 3; round++) {
    const { status, data } = await refresh();
    assert.equal(status, 200);
    assert.equal(data.refresh.user.email, person.email);
    assert.equal(data.refresh.refreshToken, null, 'a script must not get by asking what it can’t read');
    values.push((await theCookie(context)).value);
  }
  assert.equal(new Set(values).size, 4);
});

test('a request without the cookie refreshes nothing', async () => {
  await enter();
  const without = await send(page, world.url, REFRESH, { credentials: 'omit' });
  assert.equal(code(without), 'REFRESH_TOKEN_INVALID');
  assert.equal(code(await refresh()), undefined);
});

test('the cookie is no access credential', async () => {
  await enter();
  const me = await send(page, world.url, '{ me { email } }');
  assert.equal(code(me), 'UNAUTHENTICATED');
  const { data } = await refresh();
  const known = await send(page, world.url, '{ me { email } }', { headers: { authorization: `Bearer ${data.refresh.accessToken}` } });
  assert.equal(known.data.me.email, person.email);
});

test('two tabs that refresh at the same moment both go on', async () => {
  await enter();
  const other = await openPage(context, world.allowed);
  for (let round = 0; round < 5; round++) {
    world.witness.forget();
    world.witness.hold(2);
    const answers = await Promise.all([refresh(page), refresh(other)]);
    assert.deepEqual(answers.map(({ data }) => data.refresh?.user.email), [person.email, person.email]);
    const [first, second] = world.witness.posts;
    assert.equal(first.cookie, second.cookie, 'both had the same token');
    assert.equal(first.sets, second.sets, 'and got the same successor');
    assert.notEqual(first.sets.split(';')[0], first.cookie);
  }
});

test('logging out takes the cookie away, and what it held works no more', async () => {
  await enter();
  const { name, value, domain, path } = await theCookie(context);
  const { data } = await send(page, world.url, LOGOUT);
  assert.equal(data.logout, true);
  assert.equal(await theCookie(context), undefined);
  assert.equal(code(await refresh()), 'REFRESH_TOKEN_INVALID');
  await context.addCookies([{ name, value, domain, path, sameSite: 'Strict', httpOnly: true }]);
  assert.equal(code(await refresh()), 'REFRESH_TOKEN_INVALID');
});

test('a cookie that another page of the host throws in is not taken for the person’s', async () => {
  const attacker = await world.gatehouse.ask(logIn(stranger));
  await enter();
  const elsewhere = await openPage(context, `http://localhost:${world.otherPort}`);
  const set = (value) => elsewhere.evaluate((text) => (document.cookie = text), `gatehouse-refresh=${value}; path=/graphql`);
  await set(attacker.data.login.refreshToken);
  assert.equal((await context.cookies(world.url)).filter(({ name }) => name === 'gatehouse-refresh').length, 2);
  assert.equal(code(await refresh()), 'REFRESH_TOKEN_INVALID');
  await set('gone; max-age=0');
  assert.equal((await refresh()).data.refresh.user.email, person.email);
});

test('under another name of this machine there is no cookie, neither kept nor sent', async () => {
  const url = world.url.replace('localhost', '127.0.0.1');
  const { data } = await send(page, url, logIn(person), { headers: COOKIE });
  assert.equal(data.login.user.email, person.email);
  assert.deepEqual(await context.cookies(), []);
  await enter();
  assert.equal(code(await send(page, url, REFRESH)), 'REFRESH_TOKEN_INVALID');
  assert.equal(code(await refresh()), undefined);
});
