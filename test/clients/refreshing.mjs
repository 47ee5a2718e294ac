// What a client must do that keeps somebody logged in, whichever client it is.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'graphql';
import { decodeJwt } from 'jose';
import { startService } from '../service.mjs';
import { Project } from './page.mjs';
import { person } from './verifier.mjs';
import { Wire } from './wire.mjs';

// startWithExpired starts the service, and answers with tokens of a session that goes on, of which the access token has expired.
async function startWithExpired(t) {
  const service = await startService({ ACCESS_TOKEN_TTL: '1s' });
  t.after(() => service.stop());
  const pair = await service.register(person);
  const left = decodeJwt(pair.accessToken).exp * 1000 - Date.now();
  await pause(Math.max(0, left)); // tokens expire by the clock, and no sooner
  await service.restart({ ACCESS_TOKEN_TTL: '15m' });
  return { service, pair };
}

// provesClient runs the client that a file of docs/clients.md makes. ask(client, kind, document, variables) sends an operation with it as
// an application does that wants what data there is, and answers with data and with the extensions of the errors.
export async function provesClient(t, file, ask) {
  const wire = new Wire();
  const { service, pair } = await startWithExpired(t);
  const project = await Project.of(t, service, 'codegen.ts', 'operations.ts', 'session.ts', file);
  await project.run('graphql-codegen', '--config', 'codegen.ts');
  await project.compile(file);
  const { client } = await project.load(file.replace('.ts', '.js'));
  const { session } = await project.load('session.js');
  const { Login, Me, Accounts } = await project.load('operations.js');
  const send = (document, variables) => ask(client, document.definitions[0].operation, document, variables);
  const heard = (...expected) => assert.deepEqual(wire.heard(), expected);
  const codes = ({ errors }) => errors.map(({ code }) => code);
  const logIn = async (password) => {
    const answer = await send(Login, { input: { email: person.email, password } });
    session.pair = answer.data?.login;
    return answer;
  };
  wire.heard();

  await t.test('an expired access token is refreshed, and the operation sent again', async () => {
    session.pair = pair;
    const { data, errors } = await send(Me);
    assert.deepEqual([data.me.email, errors], [person.email, []]);
    assert.notEqual(session.pair.accessToken, pair.accessToken);
    heard('Me 401', 'Refresh 200', 'Me 200');
  });

  await t.test('several operations that meet it at once make one refresh', { timeout: 60_000 }, async () => {
    session.pair = { ...session.pair, accessToken: pair.accessToken };
    const several = ['One', 'Two', 'Three'].map((name) => parse(`query ${name} { me { id email ${name}: name } }`));
    wire.holdRefused(several.length);
    for (const { data, errors } of await Promise.all(several.map((each) => send(each)))) assert.deepEqual([data.me.email, errors], [person.email, []]);
    const [sent, then] = [wire.heard(), several.length];
    assert.deepEqual(sent.slice(0, then).sort(), ['One 401', 'Three 401', 'Two 401']);
    assert.equal(sent[then], 'Refresh 200');
    assert.deepEqual(sent.slice(then + 1).sort(), ['One 200', 'Three 200', 'Two 200']);
  });

  await t.test('a refused field leaves the rest, and has its code', async () => {
    const { data, errors } = await send(Accounts);
    assert.deepEqual([data.me.email, data.users], [person.email, null]);
    assert.deepEqual(errors.map(({ code, reason }) => [code, reason]), [['FORBIDDEN', 'missing_scope']]);
    heard('Accounts 200');
  });

  await t.test('a login that fails has its code, and one that does not has tokens', async () => {
    assert.deepEqual(codes(await logIn('not-the-password-42')), ['INVALID_CREDENTIALS']);
    assert.deepEqual(codes(await send(parse('query Nobody { me { id } }'))), ['UNAUTHENTICATED']);
    heard('Login 200', 'Nobody 200');
    const { data, errors } = await logIn(person.password);
    assert.deepEqual([data.login.user.email, errors], [person.email, []]);
    assert.equal((await send(parse('query Somebody { me { id email } }'))).data.me.email, person.email);
    heard('Login 200', 'Somebody 200');
  });

  await t.test('a session that was ended is not refreshed', async () => {
    const other = await logIn(person.password);
    await service.ask('mutation($token: String) { logout(refreshToken: $token) }', { variables: { token: other.data.login.refreshToken } });
    wire.heard();
    const { errors } = await send(parse('query Ended { me { id } }'));
    assert.deepEqual(errors.map(({ code, reason }) => [code, reason]), [['UNAUTHENTICATED', 'session_ended']]);
    heard('Ended 401');
  });

  await t.test('where a refresh is refused, the operation ends with its code', async () => {
    session.pair = { accessToken: 'no-token', refreshToken: 'none-either' };
    assert.deepEqual(codes(await send(parse('query Lost { me { id } }'))), ['REFRESH_TOKEN_INVALID']);
    heard('Lost 401', 'Refresh 200');
  });
}
