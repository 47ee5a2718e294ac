// The certified oidc-provider of npm, with the paths and the registrations that ours has, so that
// the same requests can be sent to both.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const CLAIMS = { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'updated_at'], roles: ['roles'] };

// registration is a client in the words of RFC 7591.
const registration = ({ id, secret, name, redirectUris = [], postLogoutRedirectUris = [], grants = ['authorization_code'], scopes, kind, pkce = true, loopback = false, jwks, idTokenAlgorithm = 'RS256' }) => ({
  client_id: id,
  client_name: name,
  ...(secret && { client_secret: secret }),
  redirect_uris: redirectUris,
  post_logout_redirect_uris: postLogoutRedirectUris,
  grant_types: grants,
  response_types: grants.includes('authorization_code') ? ['code'] : [],
  scope: scopes.join(' '),
  application_type: loopback ? 'native' : 'web',
  token_endpoint_auth_method: jwks ? 'private_key_jwt' : kind === 'PUBLIC' ? 'none' : 'client_secret_basic',
  ...(jwks && { jwks }),
  id_token_signed_response_alg: idTokenAlgorithm,
  pkce,
});

// signingKey is a key of its own, as a private JSON Web Key.
const signingKey = (alg, type, options) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), alg, use: 'sig' });

const configuration = (clients, resources, person) => ({
  clients: clients.map(registration),
  jwks: { keys: [signingKey('RS256', 'rsa', { modulusLength: 2048 }), signingKey('ES256', 'ec', { namedCurve: 'P-256' })] },
  extraClientMetadata: { properties: ['pkce'] },
  clientBasedCORS: () => true,
  enableHttpPostMethods: true, // as OpenID Connect Core asks, 3.1.2.1
  cookies: { keys: [randomBytes(16).toString('hex')], long: { sameSite: 'none' } },
  scopes: ['openid', 'offline_access', 'profile', 'email', 'roles', ...new Set(clients.flatMap(({ scopes }) => scopes))].filter((scope, i, all) => all.indexOf(scope) === i),
  claims: CLAIMS,
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: person.email, email_verified: true, name: 'Ada', roles: ['user'] }) }),
  pkce: { required: (_, client) => client.pkce !== false },
  issueRefreshToken: (_, client, code) => client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
  ttl: { AuthorizationCode: 60, AccessToken: 900, ClientCredentials: 900, IdToken: 600, Interaction: 900, Session: 43_200, Grant: 1_209_600, RefreshToken: 1_209_600 },
  routes: {
    authorization: '/oauth/authorize', pushed_authorization_request: '/oauth/par', token: '/oauth/token', revocation: '/oauth/revoke',
    introspection: '/oauth/introspect', userinfo: '/oauth/userinfo', end_session: '/oauth/logout', jwks: '/.well-known/jwks.json',
  },
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, identifier) => {
        const known = resources.find((resource) => resource.identifier === identifier);
        if (!known) throw new errors.InvalidTarget();
        return { scope: known.scopes.join(' '), accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } };
      },
      useGrantedResource: () => true,
    },
  },
});

let errors; // of oidc-provider, which warns on stderr when it is loaded

// startOracle starts the provider with these clients and resources, and returns its issuer.
export async function startOracle({ clients, resources, person, adapter }) {
  const silenced = console.warn;
  console.warn = () => {};
  const { Provider, errors: known } = await import('oidc-provider');
  errors = known;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, { ...configuration(clients, resources, person), adapter });
  console.warn = silenced;
  server.on('request', provider.callback());
  return { issuer, stop: () => new Promise((closed) => { server.close(closed); server.closeAllConnections(); }) };
}
