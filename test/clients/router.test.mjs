// Routers of Apollo Federation in front of the service, as docs/router.md describes: Cosmo composes
// the printed schema, and Hive's gateway runs on it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { composeServices } from '@theguild/federation-composition';
import { ROUTER_COMPATIBILITY_VERSION_ONE, federateSubgraphs } from '@wundergraph/composition';
import { parse, print } from 'graphql';
import { code, startService } from '../service.mjs';
import { user } from './verifier.mjs';

const NAME = 'gatehouse';
const FORWARDED = ['authorization', 'cookie', 'origin', 'x-auth-mode', 'x-forwarded-for', 'traceparent'];
const CLIENT = '203.0.113.9'; // an address for documentation (RFC 5737)

let service;
let sdl;
let token;

before(async () => {
  service = await startService({ TRUSTED_PROXIES: '127.0.0.1/32,::1/128' });
  sdl = await service.command('schema', 'print', '--federation');
  token = (await service.register(user)).accessToken;
});

after(() => service?.stop());

function supergraph() {
  const { supergraphSdl, errors } = composeServices([{ name: NAME, typeDefs: parse(sdl), url: `${service.url}/graphql` }]);
  assert.equal(errors, undefined, JSON.stringify(errors));
  return supergraphSdl;
}

// start returns a function that sends an operation through Hive's gateway, which forwards these
// headers.
function start(t, forwarded = FORWARDED) {
  const gateway = createGatewayRuntime({
    supergraph: supergraph(),
    logging: false,
    propagateHeaders: {
      fromClientToSubgraphs: ({ request }) => Object.fromEntries(forwarded.map((name) => [name, request.headers.get(name)]).filter(([, value]) => value)),
      fromSubgraphsToClient: ({ response }) => ({ 'set-cookie': response.headers.get('set-cookie') }),
    },
  });
  t.after(() => gateway[Symbol.asyncDispose]());
  return async (query, headers = {}) => {
    const response = await gateway.fetch('http://router/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return { status: response.status, headers: response.headers, ...(await response.json()) };
  };
}

const bearer = () => ({ authorization: `Bearer ${token}` });
const logIn = (password) => `login(input: { email: "${user.email}", password: "${password}" }) { accessToken refreshToken }`;

test('Cosmo composes the schema, with its guards', () => {
  const result = federateSubgraphs({ subgraphs: [{ name: NAME, url: `${service.url}/graphql`, definitions: parse(sdl) }], version: ROUTER_COMPATIBILITY_VERSION_ONE });
  assert.deepEqual([result.success, result.errors ?? [], result.warnings], [true, [], []]);
  const router = print(result.federatedGraphAST);
  assert.match(router, /users\([^)]*\): UserConnection @requiresScopes\(scopes: \[\["read:users"\]\]\)/s);
  assert.match(router, /viewer: Viewer @authenticated/);
});

test('Hive composes it, with its guards and what it says of mutations', () => {
  const router = supergraph();
  assert.match(router, /@requiresScopes\(scopes: \[\["read:users"\]\]\)/);
  assert.match(router, /A router may send each field as a request of its own/);
  assert.doesNotMatch(router, /@cost|@listSize/);
});

test('the router must forward the credential', async (t) => {
  const [without, ask] = [start(t, []), start(t)];
  const { errors } = await without('{ me { email } }', bearer());
  assert.equal(errors[0].extensions.reason, 'no_credential');
  assert.equal((await ask('{ me { email } }', bearer())).data.me.email, user.email);
  const refused = await ask('{ me { email } users { totalCount } }', bearer());
  assert.deepEqual([refused.data.me.email, refused.data.users, code(refused)], [user.email, null, 'FORBIDDEN']);
});

test('the router must forward the client’s address', async (t) => {
  const address = async (ask) => {
    const { data } = await ask(`mutation { ${logIn(user.password)} }`, { 'x-forwarded-for': CLIENT });
    const { data: own } = await service.ask('{ me { sessions { ip current } } }', { headers: { authorization: `Bearer ${data.login.accessToken}` } });
    return own.me.sessions.find(({ current }) => current).ip;
  };
  assert.equal(await address(start(t)), CLIENT);
  assert.notEqual(await address(start(t, ['authorization'])), CLIENT);
});

test('the refresh cookie passes, if both directions are forwarded', async (t) => {
  const ask = start(t);
  const answer = await ask(`mutation { ${logIn(user.password)} }`, { 'x-auth-mode': 'cookie', origin: service.url });
  assert.equal(answer.data.login.refreshToken, null);
  const [cookie] = answer.headers.get('set-cookie').split(';');
  const renewed = await ask('mutation { refresh { accessToken } }', { cookie, origin: service.url });
  assert.ok(renewed.data.refresh.accessToken);
  const foreign = await ask('mutation { refresh { accessToken } }', { cookie, origin: 'https://other.example.org' });
  assert.equal(foreign.data?.refresh ?? null, null, 'the service sees where a page comes from');
});

test('a mutation is taken apart', async (t) => {
  const ask = start(t);
  const both = 'mutation { logout deleteUser(id: "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63") }';
  const direct = await service.ask(both);
  assert.deepEqual([direct.data ?? null, code(direct)], [null, 'UNAUTHENTICATED'], 'nothing of it runs');
  assert.deepEqual((await ask(both)).data, { logout: true, deleteUser: null }, 'the first of them ran');
  const guesses = `mutation { a: ${logIn('wrong one here')} b: ${logIn('wrong as well')} }`;
  assert.equal(code(await service.ask(guesses)), 'OPERATION_TOO_LARGE');
  const { errors } = await ask(guesses);
  assert.deepEqual(errors.map(({ extensions }) => extensions.code), ['INVALID_CREDENTIALS', 'INVALID_CREDENTIALS']);
});
