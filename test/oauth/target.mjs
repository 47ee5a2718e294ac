// The provider that the clients are tried with: the built service, or with TARGET=oracle the
// certified one, which shows that a test is right.
import { randomBytes, randomUUID } from 'node:crypto';
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
  const started = kind === 'oracle' ? await oracle(all, resources) : await gatehouse(all, resources, settings);
  t.after(async () => {
    if (process.env.SHOW_LOG && started.service) console.log(started.service.log);
    await started.stop();
  });
  return { ...started, person: new Person(ada), kind };
}

const admin = { email: 'root@example.com', password: 'plenty of otters 17' };

// gatehouse starts the service, where an administrator registers the clients.
async function gatehouse(all, resources, settings) {
  const service = await startService({ OAUTH: 'on', ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password, ...settings });
  try {
    await service.command('role', 'create', 'reader', 'read:users');
    await service.register(ada);
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
    return { issuer: service.issuer, service, clients: byName(clients), stop: () => service.stop() };
  } catch (error) {
    await service.stop();
    throw error;
  }
}

// input is a client in the words of the schema.
function input({ grants, loopback, ...rest }) {
  const program = grants.includes('client_credentials');
  return { ...rest, grants: grants.map((grant) => grant.toUpperCase()), ...(program && { serviceRoles: ['reader'] }) };
}

async function oracle(all, resources) {
  const clients = all.map((client) => ({ ...client, id: randomUUID(), secret: client.kind === 'PUBLIC' || client.jwks ? undefined : randomBytes(32).toString('hex') }));
  const { issuer, stop } = await startOracle({ clients, resources, person: ada });
  return { issuer, stop, clients: byName(clients) };
}

const byName = (clients) => Object.fromEntries(clients.map((client) => [client.name, client]));
