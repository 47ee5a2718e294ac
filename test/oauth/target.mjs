// The provider that the clients are tried with: the built service, or with TARGET=oracle the
// certified one, which shows that a test is right.
import { randomBytes, randomUUID } from 'node:crypto';
import { startService } from '../service.mjs';
import { startOracle } from './oracle.mjs';
import { Person } from './walker.mjs';

export const ada = { email: 'ada@example.com', password: 'seven quiet herons' };
export const SCOPES = ['openid', 'profile', 'email', 'roles', 'offline_access'];

// A client's description: name, kind (PUBLIC or CONFIDENTIAL), redirectUris, postLogoutRedirectUris,
// grants (as grant_type has them), scopes, resources, pkce, firstParty, jwks. In a URI the host
// names are those of this machine.
const described = ([name, client]) => ({ name, kind: 'CONFIDENTIAL', grants: ['authorization_code', 'refresh_token'], scopes: SCOPES, ...client });

// startTarget starts the provider with these clients, by name, until the test ends. Each of them
// has its id and its secret in clients.
export async function startTarget(t, clients, { resources = [], settings = {}, kind = process.env.TARGET ?? 'gatehouse' } = {}) {
  const all = Object.entries(clients).map(described);
  const started = kind === 'oracle' ? await oracle(all, resources) : await gatehouse(all, resources, settings);
  t.after(() => started.stop());
  return { ...started, person: new Person(ada), kind };
}

async function oracle(all, resources) {
  const clients = all.map((client) => ({ ...client, id: randomUUID(), secret: client.kind === 'PUBLIC' || client.jwks ? undefined : randomBytes(32).toString('hex') }));
  const { issuer, stop } = await startOracle({ clients, resources, person: ada });
  return { issuer, stop, clients: byName(clients) };
}

const byName = (clients) => Object.fromEntries(clients.map((client) => [client.name, client]));
