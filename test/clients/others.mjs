// Verifiers of other projects, each set up as in docs/verifiers.md. verify throws unless the token
// is valid, and returns its claims.
import { execFile } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { promisify } from 'node:util';
import { Hono } from 'hono';
import { jwk } from 'hono/jwk';
import jsonwebtoken from 'jsonwebtoken';
import jwksRsa from 'jwks-rsa';

// withKey verifies with jsonwebtoken and the key that find returns for a key id.
async function withKey(token, find, { issuer, audience, algorithm }) {
  const key = await find(jsonwebtoken.decode(token, { complete: true }).header.kid);
  return jsonwebtoken.verify(token, key, { issuer, audience, algorithms: [algorithm] });
}

// fetched returns the published key with an id, as jsonwebtoken takes it.
async function fetched(jwksUri, kid) {
  const { keys } = await (await fetch(jwksUri)).json();
  const key = keys.find((each) => each.kid === kid);
  if (!key) throw new Error(`no key ${kid}`);
  return createPublicKey({ key, format: 'jwk' });
}

// honoApp returns a service whose one path needs a token.
function honoApp({ jwksUri, issuer, audience, algorithm }, verification) {
  const app = new Hono();
  app.use('/*', jwk({ jwks_uri: String(jwksUri), alg: [algorithm], verification: { iss: issuer, aud: audience, ...verification } }));
  app.get('/', (context) => context.json(context.get('jwtPayload')));
  return app;
}

async function withHono(token, settings, verification) {
  const response = await honoApp(settings, verification).request('/', { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`status ${response.status}: ${response.headers.get('www-authenticate')}`);
  return response.json();
}

// Debian's python3-jwt, with Debian's Python.
const PYTHON = `
import json, sys, jwt
token, keys, issuer, audience, algorithm = json.load(sys.stdin)
key = jwt.PyJWKClient(keys).get_signing_key_from_jwt(token).key
print(json.dumps(jwt.decode(token, key, algorithms=[algorithm], audience=audience, issuer=issuer)))
`;

async function withPython(token, { jwksUri, issuer, audience, algorithm }) {
  const running = promisify(execFile)('/usr/bin/python3', ['-c', PYTHON]);
  running.child.stdin.end(JSON.stringify([token, jwksUri, issuer, audience, algorithm]));
  return JSON.parse((await running).stdout);
}

const NO_EDDSA = ['EdDSA'];

// OTHERS are the verifiers. `refuses` lists the algorithms that one does not know.
export const OTHERS = [
  { name: 'jsonwebtoken', verify: (token, settings) => withKey(token, (kid) => fetched(settings.jwksUri, kid), settings), refuses: NO_EDDSA },
  {
    name: 'jsonwebtoken with jwks-rsa',
    verify(token, settings) {
      const client = jwksRsa({ jwksUri: String(settings.jwksUri) });
      return withKey(token, async (kid) => (await client.getSigningKey(kid)).getPublicKey(), settings);
    },
    refuses: NO_EDDSA,
  },
  { name: 'hono', verify: (token, settings) => withHono(token, settings, { typ: 'at+jwt' }), refuses: [] },
  { name: 'python3-jwt', verify: withPython, refuses: [] },
];

// honoWithoutType is hono without the option that names the type of the token.
export const honoWithoutType = (token, settings) => withHono(token, settings, {});
