import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { Session } from '../../web/explorer/session.mjs';
import { Transport } from '../../web/explorer/transport.mjs';
import { accessToken } from './tokens.mjs';

const OLD = accessToken({ jti: 'old' });
const NEW = accessToken({ jti: 'new' });
const ME = { query: 'query Me { me { id email } }', operationName: 'Me' };

const refused = (reason) => ({ status: 401, body: { errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED', reason } }] } });
const failed = (code) => ({ status: 200, body: { data: { refresh: null }, errors: [{ message: 'no', extensions: { code } }] } });
const pair = (token) => ({ status: 200, body: { data: { refresh: { accessToken: token, refreshToken: 'r2', expiresIn: 900 } } } });
const me = { status: 200, body: { data: { me: { id: 'u1', email: 'ada@example.com' } } } };

// api answers operations by name from the table, and records what was sent.
function api(table, payload = { accessToken: OLD, refreshToken: 'r1' }) {
  const sent = [];
  const session = new Session(() => 0);
  if (payload) session.adopt(payload);
  const fetch = async (url, { headers, body, credentials }) => {
    const { operationName, variables, query } = JSON.parse(body);
    const name = operationName ?? /(?:query|mutation) (\w+)/.exec(query)?.[1];
    sent.push({ url, name, variables, credentials, headers: Object.fromEntries(headers) });
    const { status, body: answer, text } = await table[name](headers);
    return new Response(text ?? JSON.stringify(answer), { status });
  };
  return { sent, session, transport: new Transport(session, parse, fetch) };
}

const names = (sent) => sent.map(({ name }) => name);
const byToken = (headers) => (headers.get('authorization') === `Bearer ${NEW}` ? me : refused('token_expired'));

test('the token of any AuthPayload is sent with later requests', async () => {
  const login = { query: 'mutation In { again: login(input: {}) { accessToken } }', operationName: 'In' };
  const { sent, session, transport } = api({ In: () => ({ status: 200, body: { data: { again: { accessToken: NEW } } } }), Me: () => me }, null);
  await transport.run(login);
  await transport.run(ME);
  assert.equal(sent[0].headers.authorization, undefined);
  assert.equal(sent[1].headers.authorization, `Bearer ${NEW}`);
  assert.equal(sent[1].url, '/graphql');
  assert.equal(sent[1].headers.accept, 'application/graphql-response+json, application/json;q=0.9');
  assert.equal(sent[1].headers['content-type'], 'application/json');
  assert.equal(session.name, 'ada@example.com');
});

test('an expired token is refreshed once for all requests, which are sent again', async () => {
  const { sent, transport } = api({ Me: byToken, Refresh: () => pair(NEW) });
  const answers = await Promise.all([transport.run(ME), transport.run(ME), transport.run(ME)]);
  assert.deepEqual(answers.map(({ result }) => result), [me.body, me.body, me.body]);
  assert.equal(names(sent).filter((name) => name === 'Refresh').length, 1);
  assert.deepEqual(sent.find(({ name }) => name === 'Refresh').variables, { refreshToken: 'r1' });
  assert.equal(sent.length, 7);
});

test('a 401 is shown, and its reason decides what follows', async (t) => {
  const tests = [
    // reason, tokens, answer to the refresh, operations sent, signed in afterwards
    ['token_expired, no refresh token', 'token_expired', { accessToken: OLD }, null, ['Me'], true],
    ['token_expired, refresh token reused', 'token_expired', undefined, failed('REFRESH_TOKEN_REUSED'), ['Me', 'Refresh'], false],
    ['token_expired, service unavailable', 'token_expired', undefined, failed('UNAVAILABLE'), ['Me', 'Refresh'], true],
    ['token_expired again', 'token_expired', undefined, pair(NEW), ['Me', 'Refresh', 'Me'], true],
    ['session_ended', 'session_ended', undefined, null, ['Me'], false],
    ['token_invalid', 'token_invalid', undefined, null, ['Me'], false],
  ];
  for (const [name, reason, payload, refresh, want, signedIn] of tests) {
    await t.test(name, async () => {
      const { sent, session, transport } = api({ Me: () => refused(reason), Refresh: () => refresh }, payload);
      const { status, result } = await transport.run(ME);
      assert.equal(status, 401);
      assert.equal(result.errors[0].extensions.reason, reason);
      assert.deepEqual(names(sent), want);
      assert.equal(session.accessToken !== null, signedIn);
    });
  }
});

test('the user’s own Authorization header is sent unchanged, and doesn’t change the session', async () => {
  const { sent, session, transport } = api({ Me: () => refused('session_ended') });
  await transport.run(ME, { Authorization: 'Bearer mine' });
  assert.equal(sent[0].headers.authorization, 'Bearer mine');
  assert.equal(session.accessToken, OLD);
  await transport.run(ME);
  assert.equal(session.accessToken, null);
});

test('a late answer does not undo a login', async () => {
  let answer;
  const { session, transport } = api({ Refresh: () => new Promise((resolve) => (answer = resolve)) });
  const refreshing = transport.refresh();
  session.adopt({ accessToken: accessToken({ sub: 'u2' }) });
  answer(failed('REFRESH_TOKEN_INVALID'));
  assert.equal(await refreshing, true);
  assert.equal(session.subject, 'u2');
});

test('$refreshToken and $myId are set if they are declared and missing', async () => {
  const operation = (variables) => ({ query: 'mutation R($refreshToken: String, $myId: ID) { refresh(refreshToken: $refreshToken) { tokenType } }', variables });
  const table = { R: () => ({ status: 200, body: { data: {} } }), Me: () => me };
  const { sent, transport } = api(table);
  await transport.run(operation());
  await transport.run(operation({ refreshToken: null }));
  await transport.run(operation({ refreshToken: 'other', myId: 'u9' }));
  await transport.run(ME);
  const known = { refreshToken: 'r1', myId: 'u1' };
  assert.deepEqual(sent.map(({ variables }) => variables), [known, known, { refreshToken: 'other', myId: 'u9' }, {}]);
  const signedOut = api(table, null);
  await signedOut.transport.run(operation({ refreshToken: null }));
  assert.deepEqual(signedOut.sent[0].variables, { refreshToken: null });
});

test('the only operation of a document runs, whatever the operation name', async () => {
  const { sent, transport } = api({ Me: () => me, Other: () => me, Gone: () => me });
  await transport.run({ ...ME, operationName: 'TabBefore' });
  await transport.run({ query: 'query Me { x } query Other { x }', operationName: 'Other' });
  await transport.run({ query: 'query Me { x } query Other { x }', operationName: 'Gone' });
  assert.deepEqual(names(sent), ['Me', 'Other', 'Gone']);
});

test('the transport is idle when every operation has its answer', async () => {
  const session = new Session();
  const answers = [];
  const transport = new Transport(session, parse, () => new Promise((resolve) => answers.push(resolve)));
  await transport.idle();
  const running = [transport.run({ query: '{ a }' }), transport.logOut()];
  let idle = false;
  const waiting = transport.idle().then(() => (idle = true));
  const answer = () => answers.shift()(new Response('{"data":{"logout":true}}'));
  answer();
  await running[0];
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(idle, false, 'the logout has no answer yet');
  answer();
  await Promise.all([...running, waiting]);
  assert.equal(idle, true);
});

test('logging out ends the session only if it ended on the server', async (t) => {
  const tests = [
    ['true', { status: 200, body: { data: { logout: true } } }, null],
    ['refused', { status: 503, body: { errors: [{ message: 'later' }] } }, OLD],
  ];
  for (const [name, answer, want] of tests) {
    await t.test(name, async () => {
      const { sent, session, transport } = api({ LogOut: () => answer });
      await transport.logOut();
      assert.equal(session.accessToken, want);
      assert.deepEqual(sent[0].variables, { refreshToken: 'r1' });
      assert.equal(sent[0].headers.authorization, `Bearer ${OLD}`);
    });
  }
  await t.test('with the user’s own operation', async () => {
    const { session, transport } = api({ Bye: () => ({ status: 200, body: { data: { done: true } } }) });
    await transport.run({ query: 'mutation Bye { done: ping }' });
    assert.equal(session.accessToken, OLD);
    await transport.run({ query: 'mutation Bye { done: logout }' });
    assert.equal(session.accessToken, null);
  });
});

test('a session in a cookie sends the cookie; one with its own refresh token omits it', async () => {
  const table = { Me: byToken, Refresh: () => pair(NEW) };
  const cookie = api(table, { accessToken: OLD, refreshToken: null });
  await cookie.transport.run(ME);
  assert.deepEqual(names(cookie.sent), ['Me', 'Refresh', 'Me']);
  assert.deepEqual(cookie.sent[1].variables, { refreshToken: null });
  assert.equal(cookie.sent[1].headers['x-auth-mode'], 'cookie');
  assert.equal(cookie.sent[1].credentials, 'same-origin');
  const token = api(table);
  await token.transport.run(ME);
  assert.equal(token.sent[1].headers['x-auth-mode'], undefined);
  assert.equal(token.sent[1].credentials, 'omit');
});

test('an answer that is not GraphQL is an error in the result, not an exception', async () => {
  const { transport } = api({ Me: () => ({ status: 502, text: '<html>Bad gateway' }), Off: () => Promise.reject(new TypeError('refused')) });
  const gateway = await transport.run(ME);
  assert.deepEqual(gateway.result.errors[0].extensions, { httpStatus: 502, body: '<html>Bad gateway' });
  const off = await transport.run({ query: 'query Off { x }' });
  assert.equal(off.status, 0);
  assert.match(off.result.errors[0].message, /can’t be reached/);
  const { status } = await transport.run({ query: 'query Me {', operationName: 'Me' });
  assert.equal(status, 502, 'a document that does not parse is sent to the server');
});
