// What a client must do when a field asks again who the user is.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { parse } from 'graphql';
import { startService } from '../service.mjs';
import { Project } from './page.mjs';
import { startPostgres } from './postgres.mjs';
import { user } from './verifier.mjs';
import { Wire } from './wire.mjs';

const REFRESH = 'mutation($token: String) { refresh(refreshToken: $token) { accessToken refreshToken } }';

// testStepUp tests the client that a section of docs/clients.md writes to a module. ask is that of
// testClient.
export async function testStepUp(t, heading, module, ask) {
  const postgres = await startPostgres();
  const service = await startService((url) => ({ DATABASE_URL: postgres.dsn, PUBLIC_URL: url, SECRET_KEY: randomBytes(32).toString('base64') }));
  t.after(async () => {
    await service.stop();
    await postgres.stop();
  });
  const tokens = await service.register(user);
  const project = await Project.follow(t, service, 'Types with GraphQL Code Generator', heading, 'When a field asks again');
  await project.compile();
  const { client } = await project.load(module);
  const { session } = await project.load('session.js');
  const { askPassword } = await project.load('prompt.js');
  const wire = new Wire();
  session.tokens = tokens;

  // stale makes the user's session one that was opened 11 minutes ago.
  const stale = async () => {
    await promisify(execFile)('psql', ['-qd', postgres.dsn, '-c', `UPDATE sessions SET auth_time = now() - interval '11 minutes'`]);
    const { data } = await service.ask(REFRESH, { variables: { token: session.tokens.refreshToken } });
    session.tokens = data.refresh;
    wire.take();
  };
  const makeKey = (name) => ask(client, 'mutation', parse(`mutation ${name}($name: String!) { createApiKey(input: { name: $name, scopes: [] }) { apiKey { name } } }`), { name });
  let asked = 0; // how often the user was
  const answer = (password, before = async () => {}) => {
    asked = 0;
    askPassword.with = async () => {
      asked++;
      await before();
      return password;
    };
  };
  const made = ({ data, errors }) => [data?.createApiKey?.apiKey.name, errors.map(({ code, reason }) => [code, reason])];
  const refused = [undefined, [['STEP_UP_REQUIRED', 'stale']]];

  await t.test('a fresh session is asked nothing', async () => {
    answer(user.password);
    assert.deepEqual(made(await makeKey('Fresh')), ['Fresh', []]);
    assert.equal(asked, 0);
  });

  await t.test('if the user gives up, the operation ends with its error', async () => {
    await stale();
    answer(null);
    assert.deepEqual(made(await makeKey('Given')), refused);
    answer('not-the-password-42');
    assert.deepEqual(made(await makeKey('Wrong')), refused);
    assert.equal(asked, 1);
    assert.deepEqual(wire.take(), ['Given 200', 'Wrong 200', 'Reauthenticate 200']);
  });

  await t.test('concurrent operations share one prompt, and each is sent again with its variables', async () => {
    await stale();
    const names = ['One', 'Two', 'Three'];
    let release;
    const all = new Promise((resolve) => (release = resolve));
    answer(user.password, () => all);
    const answers = names.map(makeKey);
    while (wire.count < names.length) await new Promise((resolve) => setTimeout(resolve, 10));
    release();
    assert.deepEqual((await Promise.all(answers)).map(made), names.map((name) => [name, []]));
    assert.equal(asked, 1);
    const sent = wire.take();
    assert.equal(sent.length, 7);
    assert.deepEqual(sent.slice(0, 3).sort(), ['One 200', 'Three 200', 'Two 200']);
    assert.equal(sent[3], 'Reauthenticate 200');
    assert.deepEqual(sent.slice(4).sort(), ['One 200', 'Three 200', 'Two 200']);
    assert.deepEqual(made(await makeKey('Later')), ['Later', []]);
    assert.equal(asked, 1);
  });

  await t.test('an operation that fails again is not sent a third time', async () => {
    await stale();
    const { setOnStepUp } = await project.load('step-up.js');
    let prompts = 0;
    setOnStepUp(async () => ++prompts > 0); // proves nothing
    assert.deepEqual(made(await makeKey('Again')), refused);
    assert.equal(prompts, 1);
    assert.deepEqual(wire.take(), ['Again 200', 'Again 200']);
  });
}
