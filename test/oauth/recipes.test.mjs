// Recipes of docs/oauth.md that are programs: Auth.js, and an MCP server with its two services.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { freePort } from '../service.mjs';
import { secret, serveFetch, startApp } from './apps.mjs';
import { Memory } from './memory.mjs';
import { commands, recipe } from './page.mjs';
import { ada, startTarget } from './target.mjs';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const skip = process.env.TARGET === 'oracle' && 'these are recipes for the service';
const words = (command) => [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare).slice(1);

// folder returns a temporary folder.
async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), 'gatehouse-oauth-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('Auth.js', { skip }, async (t) => {
  const app = await startApp(t);
  const target = await startTarget(t, { web: { redirectUris: [`${app.origin}/auth/callback/gatehouse`] } });
  const [block] = await recipe('Auth.js');
  const here = await folder(t);
  await symlink(join(import.meta.dirname, 'node_modules'), join(here, 'node_modules'));
  await writeFile(join(here, block.name), block.text);
  Object.assign(process.env, { AUTH_SECRET: secret(), GATEHOUSE_URL: target.issuer, CLIENT_ID: target.clients.web.id, CLIENT_SECRET: target.clients.web.secret });
  const { handler } = await import(pathToFileURL(join(here, block.name)));
  app.handle = serveFetch(app.origin, handler);
  const page = await target.person.visit(`${app.origin}/auth/signin?callbackUrl=${encodeURIComponent(`${app.origin}/auth/session`)}`);
  assert.equal(JSON.parse(page.text).user.email, ada.email);
});

// built builds a program of the repository, and returns its path.
async function built(here, module, name) {
  const program = join(here, name);
  await run('go', ['build', '-o', program, '.'], { cwd: join(ROOT, module) });
  return program;
}

// started starts a program until the test ends, and waits until it listens.
async function started(t, program, environment, url) {
  const child = spawn(program, [], { env: { PATH: process.env.PATH, ...environment }, stdio: 'ignore' });
  t.after(async () => {
    const closed = once(child, 'close');
    child.kill();
    await closed;
  });
  for (let i = 0; i < 200; i++) {
    if (await fetch(url).then(() => true, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${program} does not listen`);
}

test('an MCP server', { skip, timeout: 300_000 }, async (t) => {
  const [registration] = await recipe('An MCP server');
  const [itemsPort, mcpPort] = [await freePort(), await freePort()];
  const own = (line) => line.replaceAll('127.0.0.1:8082', `127.0.0.1:${mcpPort}`).replaceAll('127.0.0.1:8081', `127.0.0.1:${itemsPort}`);
  const target = await startTarget(t, {});
  const [resource, client] = commands(registration).map(own);
  await target.service.command(...words(resource));
  const { id } = JSON.parse(await target.service.command(...words(client), '--json'));

  const here = await folder(t);
  const url = `http://127.0.0.1:${mcpPort}/mcp`;
  const [items, server] = await Promise.all([built(here, 'examples/items', 'items'), built(here, 'examples/mcp', 'mcp')]);
  const graphql = `http://127.0.0.1:${itemsPort}/graphql`;
  await started(t, items, { ISSUER: target.issuer, AUDIENCE: url, ADDR: `127.0.0.1:${itemsPort}` }, graphql);
  await started(t, server, { ISSUER: target.issuer, RESOURCE: url, GRAPHQL_URL: graphql, ADDR: `127.0.0.1:${mcpPort}` }, url);

  const memory = new Memory({ id });
  const connect = async () => {
    const agent = new Client({ name: 'agent', version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: memory });
    return agent.connect(transport).then(() => ({ agent, transport }), (error) => ({ error, transport }));
  };
  const { error, transport } = await connect();
  assert.ok(error instanceof UnauthorizedError, String(error?.stack));
  const back = await target.person.arrive(memory.sentTo, { until: memory.redirectUrl });
  await transport.finishAuth(back.searchParams);
  const { agent, error: again } = await connect();
  assert.equal(again, undefined);
  t.after(() => agent.close());

  const { tools } = await agent.listTools();
  assert.deepEqual(tools.map(({ name }) => name).sort(), ['caller', 'items_of_owner', 'predict_sale']);
  const call = async (name, input = {}) => {
    const { content, isError } = await agent.callTool({ name, arguments: input });
    return { ...JSON.parse(content[0].text), isError };
  };
  const { data: { caller } } = await call('caller');
  assert.ok(caller);
  assert.deepEqual((await call('items_of_owner', { owner: caller })).data, { itemsOf: [] });
  const refused = await call('predict_sale', { price: 1, photos: 1, rating: 1 });
  assert.equal(refused.errors[0].extensions.code, 'FORBIDDEN', 'no role grants it');
  const direct = await target.service.ask('{ me { email } }', { headers: { authorization: `Bearer ${memory.tokens().access_token}` } });
  assert.equal(direct.errors[0].extensions.code, 'UNAUTHENTICATED', 'the token is for another resource');
});
