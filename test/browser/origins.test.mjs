// Pages that may not use the service try to, in the browser of somebody who is logged in: they read nothing and change nothing.
//
// A refresh token that was used before ends its session here, so that any refresh which a page brings about would show.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, logIn } from '../service.mjs';
import { LOGOUT, REFRESH, nowhere, openPage, openWorld, person, send, sendBeacon, sendForm, theCookie } from './pages.mjs';

const settings = { REFRESH_REPLAY_WINDOW: '0s' };
const PLAIN = { 'content-type': 'text/plain' };

// What a page can send without asking first whether it may.
const SIMPLE = [
  ['text', (frame, url, query) => send(frame, url, query, { headers: PLAIN })],
  ['text, blindly', (frame, url, query) => send(frame, url, query, { mode: 'no-cors', headers: PLAIN })],
  ['JSON, blindly', (frame, url, query) => send(frame, url, query, { mode: 'no-cors' })],
  ['a form', sendForm],
  ['a beacon', sendBeacon],
];

// learned is what a script got to know of an answer: its status, or anything in it.
const learned = (result) => result?.status || result?.data || result?.errors;

// enter logs the person in, from a page that may.
async function enter(world) {
  const context = await world.browser.newContext();
  const page = await openPage(context, world.allowed);
  const { data } = await send(page, world.url, logIn(person), { headers: { 'x-auth-mode': 'cookie' } });
  assert.equal(data.login.user.email, person.email);
  return { context, page };
}

// tryEverything has the frame refresh and log out, in every way that a page has.
async function tryEverything(world, frame, { carries, unchanged }) {
  for (const query of [REFRESH, LOGOUT]) {
    world.witness.forget();
    assert.deepEqual(await send(frame, world.url, query), { error: 'TypeError' });
    assert.deepEqual(world.witness.seen.map(({ method, allows }) => ({ method, allows })), [{ method: 'OPTIONS', allows: undefined }], 'asked, not allowed, not sent');
    for (const [name, how] of SIMPLE) {
      world.witness.forget();
      assert.ok(!learned(await how(frame, world.url, query)), name);
      await world.witness.until(1);
      const [{ status, cookie, sets, allows }] = world.witness.posts;
      assert.deepEqual({ status, sets, allows }, { status: 403, sets: undefined, allows: undefined }, name);
      assert.equal(cookie !== undefined, carries, `${name}: does the cookie go along`);
    }
    await unchanged();
  }
}

// refused has a page of another origin try everything, and then the page that may do the same. carries says whether the browser sends the
// cookie along for such a page, so that nothing but the service's refusal stands between.
async function refused(t, world, name, { origin, frame = (tab) => tab, carries = false }) {
  await t.test(name, async () => {
    const { context, page } = await enter(world);
    const { value } = await theCookie(context);
    const unchanged = async () => assert.equal((await theCookie(context)).value, value);
    await tryEverything(world, await frame(await openPage(context, origin)), { carries, unchanged });
    const { status, data } = await send(page, world.url, REFRESH);
    assert.equal(status, 200);
    assert.equal(data.refresh.user.email, person.email);
    assert.notEqual((await theCookie(context)).value, value);
    assert.equal((await send(page, world.url, LOGOUT)).data.logout, true);
    assert.equal(await theCookie(context), undefined);
    await context.close();
  });
}

test('the service on localhost', async (t) => {
  const world = await openWorld({ settings });
  t.after(() => world.close());
  const { port, otherPort } = world;
  // A browser takes all ports of a host for one site.
  await refused(t, world, 'another port', { origin: `http://localhost:${otherPort}`, carries: true });
  await refused(t, world, 'null, in the page that may', { origin: world.allowed, frame: nowhere });
  await refused(t, world, 'null, in another page', { origin: `http://localhost:${otherPort}`, frame: nowhere });
  await refused(t, world, 'the address in place of the name', { origin: `http://127.0.0.1:${port}` });
  await refused(t, world, 'the name with more behind it', { origin: `http://localhost.evil.test:${port}` });
  await refused(t, world, 'the name with more before it', { origin: `http://evil.localhost:${port}` });
  await refused(t, world, 'any other', { origin: `http://evil.test:${port}` });

  await t.test('what needs no asking does nothing from the page that may, either', async () => {
    const { context, page } = await enter(world);
    const { value } = await theCookie(context);
    for (const query of [REFRESH, LOGOUT]) {
      const answer = await send(page, world.url, query, { headers: PLAIN });
      assert.deepEqual([answer.status, code(answer)], [415, 'BAD_REQUEST']);
      for (const [name, how] of SIMPLE.slice(1)) {
        world.witness.forget();
        await how(page, world.url, query);
        await world.witness.until(1);
        assert.deepEqual(world.witness.posts.map(({ status, sets }) => ({ status, sets })), [{ status: 415, sets: undefined }], name);
      }
      assert.equal((await theCookie(context)).value, value);
    }
    assert.equal(code(await send(page, world.url, REFRESH)), undefined);
    await context.close();
  });
});

test('the service on a domain', async (t) => {
  const world = await openWorld({ service: 'id.allowed.example', page: 'app.allowed.example', settings });
  t.after(() => world.close());
  const { port, otherPort } = world;
  await refused(t, world, 'with more behind it', { origin: `http://app.allowed.example.evil.test:${port}` });
  await refused(t, world, 'with more before it', { origin: `http://evil-app.allowed.example:${port}`, carries: true });
  await refused(t, world, 'below it', { origin: `http://evil.app.allowed.example:${port}`, carries: true });
  await refused(t, world, 'above it', { origin: `http://allowed.example:${port}`, carries: true });
  await refused(t, world, 'with another letter for the dot', { origin: `http://appxallowed.example:${port}` });
  await refused(t, world, 'with another port', { origin: `http://app.allowed.example:${otherPort}`, carries: true });
  await refused(t, world, 'null, in the page that may', { origin: world.allowed, frame: nowhere });
});
