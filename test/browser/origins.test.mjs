// Pages of other origins try to use the service in the browser of a logged-in user. They must not
// read or change anything.
//
// The service has no replay window: a used refresh token ends its session, so a test would notice a
// refresh that such a page causes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, logIn } from '../service.mjs';
import { LOGOUT, REFRESH, openNullFrame, openPage, refreshCookie, send, sendBeacon, sendForm, start, user } from './pages.mjs';

const settings = { REFRESH_REPLAY_WINDOW: '0s' };
const PLAIN = { 'content-type': 'text/plain' };

// What a page can send without a CORS preflight.
const SIMPLE = [
  ['text', (frame, url, query) => send(frame, url, query, { headers: PLAIN })],
  ['text, no-cors', (frame, url, query) => send(frame, url, query, { mode: 'no-cors', headers: PLAIN })],
  ['JSON, no-cors', (frame, url, query) => send(frame, url, query, { mode: 'no-cors' })],
  ['a form', sendForm],
  ['a beacon', sendBeacon],
];

// visible returns what a script can see of an answer: its status, or its content.
const visible = (result) => result?.status || result?.data || result?.errors;

// logInAllowed logs the user in, from a page that is allowed.
async function logInAllowed(setup) {
  const context = await setup.browser.newContext();
  const page = await openPage(context, setup.allowed);
  const { data } = await send(page, setup.url, logIn(user), { headers: { 'x-auth-mode': 'cookie' } });
  assert.equal(data.login.user.email, user.email);
  return { context, page };
}

// tryEverything tries to refresh and log out from the frame, in every way that a page can.
async function tryEverything(setup, frame, { cookieSent, unchanged }) {
  for (const query of [REFRESH, LOGOUT]) {
    setup.recorder.clear();
    assert.deepEqual(await send(frame, setup.url, query), { error: 'TypeError' });
    assert.deepEqual(setup.recorder.requests.map(({ method, allows }) => ({ method, allows })), [{ method: 'OPTIONS', allows: undefined }], 'a preflight that is not allowed, and no request');
    for (const [name, how] of SIMPLE) {
      setup.recorder.clear();
      assert.ok(!visible(await how(frame, setup.url, query)), name);
      await setup.recorder.until(1);
      const [{ status, cookie, sets, allows }] = setup.recorder.posts;
      assert.deepEqual({ status, sets, allows }, { status: 403, sets: undefined, allows: undefined }, name);
      assert.equal(cookie !== undefined, cookieSent, `${name}: is the cookie sent`);
    }
    await unchanged();
  }
}

// refused tries everything from a page on another origin, then does the same from the allowed page.
// cookieSent says whether the browser sends the cookie for the other page; if so, only the service
// protects the user.
async function refused(t, setup, name, { origin, frame = (tab) => tab, cookieSent = false }) {
  await t.test(name, async () => {
    const { context, page } = await logInAllowed(setup);
    const { value } = await refreshCookie(context);
    const unchanged = async () => assert.equal((await refreshCookie(context)).value, value);
    await tryEverything(setup, await frame(await openPage(context, origin)), { cookieSent, unchanged });
    const { status, data } = await send(page, setup.url, REFRESH);
    assert.equal(status, 200);
    assert.equal(data.refresh.user.email, user.email);
    assert.notEqual((await refreshCookie(context)).value, value);
    assert.equal((await send(page, setup.url, LOGOUT)).data.logout, true);
    assert.equal(await refreshCookie(context), undefined);
    await context.close();
  });
}

test('the service on localhost', async (t) => {
  const setup = await start({ settings });
  t.after(() => setup.close());
  const { port, otherPort } = setup;
  // All ports of a host are the same site.
  await refused(t, setup, 'another port', { origin: `http://localhost:${otherPort}`, cookieSent: true });
  await refused(t, setup, 'null, in the allowed page', { origin: setup.allowed, frame: openNullFrame });
  await refused(t, setup, 'null, in another page', { origin: `http://localhost:${otherPort}`, frame: openNullFrame });
  await refused(t, setup, 'the IP address instead of the name', { origin: `http://127.0.0.1:${port}` });
  await refused(t, setup, 'the name with a suffix', { origin: `http://localhost.evil.test:${port}` });
  await refused(t, setup, 'the name with a prefix', { origin: `http://evil.localhost:${port}` });
  await refused(t, setup, 'another site', { origin: `http://evil.test:${port}` });

  await t.test('requests without a preflight have no effect from the allowed page either', async () => {
    const { context, page } = await logInAllowed(setup);
    const { value } = await refreshCookie(context);
    for (const query of [REFRESH, LOGOUT]) {
      const answer = await send(page, setup.url, query, { headers: PLAIN });
      assert.deepEqual([answer.status, code(answer)], [415, 'BAD_REQUEST']);
      for (const [name, how] of SIMPLE.slice(1)) {
        setup.recorder.clear();
        await how(page, setup.url, query);
        await setup.recorder.until(1);
        assert.deepEqual(setup.recorder.posts.map(({ status, sets }) => ({ status, sets })), [{ status: 415, sets: undefined }], name);
      }
      assert.equal((await refreshCookie(context)).value, value);
    }
    assert.equal(code(await send(page, setup.url, REFRESH)), undefined);
    await context.close();
  });
});

test('the service on a domain', async (t) => {
  const setup = await start({ service: 'id.allowed.example', page: 'app.allowed.example', settings });
  t.after(() => setup.close());
  const { port, otherPort } = setup;
  await refused(t, setup, 'with a suffix', { origin: `http://app.allowed.example.evil.test:${port}` });
  await refused(t, setup, 'with a prefix', { origin: `http://evil-app.allowed.example:${port}`, cookieSent: true });
  await refused(t, setup, 'a subdomain', { origin: `http://evil.app.allowed.example:${port}`, cookieSent: true });
  await refused(t, setup, 'the parent domain', { origin: `http://allowed.example:${port}`, cookieSent: true });
  await refused(t, setup, 'with a letter instead of the dot', { origin: `http://appxallowed.example:${port}` });
  await refused(t, setup, 'on another port', { origin: `http://app.allowed.example:${otherPort}`, cookieSent: true });
  await refused(t, setup, 'null, in the allowed page', { origin: setup.allowed, frame: openNullFrame });
});
