// Another service that verifies our access tokens with the public keys (RFC 9068, 4).
import { jwtVerify } from 'jose';

export const AUDIENCE = 'https://api.example.com';
export const REQUIRED = ['iss', 'aud', 'exp', 'iat', 'sub', 'jti', 'sid', 'client_id', 'scope', 'roles', 'auth_time'];

export const user = { email: 'ada@example.com', password: 'seven quiet herons' };

// jwks returns the URL of a service's public keys.
export const jwks = (service) => new URL('/.well-known/jwks.json', service.url);

// keySet returns a service's current public keys.
export async function keySet(service) {
  return (await fetch(jwks(service))).json();
}

// keyIds returns the ids of those keys.
export async function keyIds(service) {
  const { keys } = await keySet(service);
  return keys.map(({ kid }) => kid);
}

// verify returns the header and the claims of a valid access token, and throws for any other.
export function verify(token, keys, { issuer, algorithm, ...other }) {
  return jwtVerify(token, keys, { issuer, audience: AUDIENCE, algorithms: [algorithm], typ: 'at+jwt', requiredClaims: REQUIRED, ...other });
}

// expired waits until a token has expired.
export async function expired({ exp }) {
  while (Date.now() < exp * 1000) await new Promise((resolve) => setTimeout(resolve, exp * 1000 - Date.now() + 1));
}
