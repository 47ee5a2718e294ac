// The provider that the clients are tried with: the built service, or with TARGET=oracle the
// certified one, which shows that a test is right.
import { randomBytes, randomUUID } from 'node:crypto';
import { after } from 'node:test';
import { logIn, startService } from '../service.mjs';
import { startOracle } from './oracle.mjs';
import { Person } from './walker.mjs';

export const ada = { email: 'ada@example.com', password: 'seven quiet herons' };
export const SCOPES = ['openid', 'profile', 'email', 'roles', 'offline_access'];

// A client's description: name, kind (PUBLIC or CONFIDENTIAL), redirectUris, postLogoutRedirectUris,
// grants (as grant_type has them), scopes, resources, pkce, jwks, and loopback: whether it is a
// program on the person's own machine.
const described = ([name, client]) => ({ name, kind: 'CONFIDENTIAL', grants: ['authorization_code', 'refresh_token'], scopes: SCOPES, ...client });

// startTarget starts the provider with these clients, by name, until the test ends. Each of them
// has its id and its secret in clients.
export async function startTarget(t, clients, { resources = [], settings = {}, kind = process.env.TARGET ?? 'gatehouse' } = {}) {
  const all = Object.entries(clients).map(described);
  const started = kind === 'oracle' ? await oracle(t, all, resources) : await gatehouse(t, all, resources, settings);
  return { ...started, person: new Person(ada), kind };
}

const admin = { email: 'root@example.com', password: 'plenty of otters 17' };

let shared; // the service without further settings, which all tests of a process use
after(async () => {
  const service = await shared;
  if (process.env.SHOW_LOG && service) console.log(service.log);
  await service?.stop();
});

// start starts the service with a person, an administrator and a role.
async function start(settings) {
  const service = await startService({ OAUTH: 'on', ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password, ...settings });
  try {
    await service.command('role', 'create', 'reader', 'read:users');
    await service.register(ada);
    return service;
  } catch (error) {
    await service.stop();
    throw error;
  }
}

// running returns the service with these settings: until the test ends, or the shared one.
async function running(t, settings) {
  if (Object.keys(settings).length === 0) return (shared ??= start({}));
  const service = await start(settings);
  t.after(() => service.stop());
  return service;
}

// gatehouse has an administrator of the service register the clients.
async function gatehouse(t, all, resources, settings) {
  const service = await running(t, settings);
  const authorization = `Bearer ${(await service.ask(logIn(admin))).data.login.accessToken}`;
  // changed sends a mutation as the administrator, and returns what its field answers.
  const changed = async (field, type, selection, input) => {
    const { data, errors } = await service.ask(`mutation($input: ${type}!) { ${field}(input: $input) ${selection} }`, { variables: { input }, headers: { authorization } });
    if (errors) throw new Error(`${field} ${JSON.stringify(input)}: ${errors[0].message}`);
    return data[field];
  };
  for (const { identifier, name, scopes } of resources) {
    await changed('createResource', 'CreateResourceInput', '{ id }', { identifier, name, scopes: scopes.map((scope) => ({ name: scope, title: `Use ${scope}`, own: true })) });
  }
  const clients = [];
  for (const client of all) {
    const { clientSecret, client: made } = await changed('createClient', 'CreateClientInput', '{ clientSecret client { id } }', input(client));
    clients.push({ ...client, id: made.id, secret: clientSecret ?? undefined });
  }
  return { issuer: service.issuer, service, clients: byName(clients) };
}

// input is a client in the words of the schema.
function input({ grants, loopback, ...rest }) {
  const program = grants.includes('client_credentials');
  return { ...rest, grants: grants.map((grant) => grant.toUpperCase()), ...(program && { serviceRoles: ['reader'] }) };
}

async function oracle(t, all, resources) {
  const clients = all.map((client) => ({ ...client, id: randomUUID(), secret: client.kind === 'PUBLIC' || client.jwks ? undefined : randomBytes(32).toString('hex') }));
  const { issuer, stop } = await startOracle({ clients, resources, person: ada });
  t.after(stop);
  return { issuer, clients: byName(clients) };
}

const byName = (clients) => Object.fromEntries(clients.map((client) => [client.name, client]));
