// What every client must do to keep a user logged in.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'graphql';
import { decodeJwt } from 'jose';
import { startService } from '../service.mjs';
import { Project } from './page.mjs';
import { user } from './verifier.mjs';
import { Wire } from './wire.mjs';

// startWithExpired starts the service and returns the tokens of an active session whose access
// token has expired.
async function startWithExpired(t) {
  const service = await startService({ ACCESS_TOKEN_TTL: '1s' });
  t.after(() => service.stop());
  const tokens = await service.register(user);
  const left = decodeJwt(tokens.accessToken).exp * 1000 - Date.now();
  await pause(Math.max(0, left)); // tokens expire by the clock
  await service.restart({ ACCESS_TOKEN_TTL: '15m' });
  return { service, tokens };
}

// testClient tests the client that a section of docs/clients.md writes to a module. ask(client,
// kind, document, variables) sends an operation with it, accepts partial data, and returns the data
// and the extensions of the errors.
export async function testClient(t, heading, module, ask) {
  const wire = new Wire();
  const { service, tokens } = await startWithExpired(t);
  const project = await Project.follow(t, service, 'Types with GraphQL Code Generator', heading);
  await project.compile();
  const { client } = await project.load(module);
  const { session } = await project.load('session.js');
  const { Login, Me, Accounts } = await project.load('operations.js');
  const send = (document, variables) => ask(client, document.definitions[0].operation, document, variables);
  const sent = (...expected) => assert.deepEqual(wire.take(), expected);
  const codes = ({ errors }) => errors.map(({ code }) => code);
  const logIn = async (password) => {
    const answer = await send(Login, { input: { email: user.email, password } });
    session.tokens = answer.data?.login;
    return answer;
  };
  wire.take();

  await t.test('an expired access token is refreshed, and the operation is sent again', async () => {
    session.tokens = tokens;
    const { data, errors } = await send(Me);
    assert.deepEqual([data.me.email, errors], [user.email, []]);
    assert.notEqual(session.tokens.accessToken, tokens.accessToken);
    sent('Me 401', 'Refresh 200', 'Me 200');
  });

  await t.test('concurrent operations with an expired token share one refresh', { timeout: 60_000 }, async () => {
    session.tokens = { ...session.tokens, accessToken: tokens.accessToken };
    const several = ['One', 'Two', 'Three'].map((name) => parse(`query ${name} { me { id email ${name}: name } }`));
    wire.holdRefused(several.length);
    for (const { data, errors } of await Promise.all(several.map((each) => send(each)))) assert.deepEqual([data.me.email, errors], [user.email, []]);
    const [all, refused] = [wire.take(), several.length];
    assert.deepEqual(all.slice(0, refused).sort(), ['One 401', 'Three 401', 'Two 401']);
    assert.equal(all[refused], 'Refresh 200');
    assert.deepEqual(all.slice(refused + 1).sort(), ['One 200', 'Three 200', 'Two 200']);
  });

  await t.test('a refused field has its code, and the other fields their data', async () => {
    const { data, errors } = await send(Accounts);
    assert.deepEqual([data.me.email, data.users], [user.email, null]);
    assert.deepEqual(errors.map(({ code, reason }) => [code, reason]), [['FORBIDDEN', 'missing_scope']]);
    sent('Accounts 200');
  });

  await t.test('a failed login has its code, and a successful one has tokens', async () => {
    assert.deepEqual(codes(await logIn('not-the-password-42')), ['INVALID_CREDENTIALS']);
    assert.deepEqual(codes(await send(parse('query Before { me { id } }'))), ['UNAUTHENTICATED']);
    sent('Login 200', 'Before 200');
    const { data, errors } = await logIn(user.password);
    assert.deepEqual([data.login.user.email, errors], [user.email, []]);
    assert.equal((await send(parse('query After { me { id email } }'))).data.me.email, user.email);
    sent('Login 200', 'After 200');
  });

  await t.test('an ended session is not refreshed', async () => {
    const other = await logIn(user.password);
    await service.ask('mutation($token: String) { logout(refreshToken: $token) }', { variables: { token: other.data.login.refreshToken } });
    wire.take();
    const { errors } = await send(parse('query Ended { me { id } }'));
    assert.deepEqual(errors.map(({ code, reason }) => [code, reason]), [['UNAUTHENTICATED', 'session_ended']]);
    sent('Ended 401');
  });

  await t.test('if the refresh is refused, the operation fails with its code', async () => {
    session.tokens = { accessToken: 'no-token', refreshToken: 'no-token' };
    assert.deepEqual(codes(await send(parse('query Lost { me { id } }'))), ['REFRESH_TOKEN_INVALID']);
    sent('Lost 401', 'Refresh 200');
  });
}
