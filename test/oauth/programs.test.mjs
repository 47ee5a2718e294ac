// The recipes "Programs" and "curl and FastAPI" of docs/oauth.md, typed into a shell.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { commands, recipe } from './page.mjs';
import { ada, startTarget } from './target.mjs';

const run = promisify(execFile);
const DOCUMENTED = 'http://localhost:8080';
const payload = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

// typed runs a command of the page for this service, and returns the JSON that it prints.
async function typed(line, { issuer }, environment = {}) {
  const { stdout } = await run('sh', ['-c', line.replaceAll(DOCUMENTED, issuer)], { env: { ...process.env, ...environment } });
  return JSON.parse(stdout);
}

test('curl', { skip: process.env.TARGET === 'oracle' && 'the certified provider has no password grant' }, async (t) => {
  const off = await startTarget(t, {});
  const on = await startTarget(t, {}, { settings: { OAUTH_PASSWORD_GRANT: 'on' } });
  const [{ text }] = await recipe('curl and FastAPI');
  const [line] = commands({ text });

  await t.test('the password grant works when it is on', async () => {
    const token = await typed(line, on, { PASSWORD: ada.password });
    assert.equal(token.token_type, 'Bearer');
    const { data } = await on.service.ask('{ me { email } }', { headers: { authorization: `Bearer ${token.access_token}` } });
    assert.equal(data.me.email, ada.email);
    assert.deepEqual(await typed(line, on, { PASSWORD: 'wrong' }).then(({ error }) => error), 'invalid_grant');
    assert.match(on.service.log, /OAUTH_PASSWORD_GRANT/, 'a warning');
  });

  await t.test('and is unsupported_grant_type when it is off', async () => {
    assert.equal((await typed(line, off, { PASSWORD: ada.password })).error, 'unsupported_grant_type');
    const { grant_types_supported: offered } = await (await fetch(`${off.issuer}/.well-known/openid-configuration`)).json();
    assert.ok(!offered.includes('password'));
  });

  await t.test('a program of its own', async () => {
    const [block] = await recipe('Programs');
    const [role, client, curl] = commands(block);
    const words = (command) => [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare).slice(1);
    await off.service.command(...words(role));
    const made = JSON.parse(await off.service.command(...words(client), '--json'));
    const token = await typed(curl, off, { CLIENT_ID: made.id, CLIENT_SECRET: made.clientSecret });
    assert.equal(token.scope, 'read:users');
    const claims = payload(token.access_token);
    assert.equal(claims.client_id, made.id);
    const headers = { authorization: `Bearer ${token.access_token}` };
    const { data } = await off.service.ask('{ users { nodes { email } } }', { headers });
    assert.ok(data.users.nodes.some(({ email }) => email === ada.email));
    await off.service.command('client', 'disable', made.id);
    const { errors } = await off.service.ask('{ users { nodes { email } } }', { headers });
    assert.equal(errors[0].extensions.code, 'UNAUTHENTICATED');
  });
});
