// A service of somebody else's that trusts our access tokens, by the public keys alone (RFC 9068, 4).
import { jwtVerify } from 'jose';

export const AUDIENCE = 'https://api.example.com';
export const REQUIRED = ['iss', 'aud', 'exp', 'iat', 'sub', 'jti', 'sid', 'client_id', 'scope', 'roles', 'auth_time'];

export const person = { email: 'ada@example.com', password: 'plum-harbour-violin-42' };

// jwks is where a service has its public keys.
export const jwks = (service) => new URL('/.well-known/jwks.json', service.url);

// keySet is what a service shows of its keys now.
export async function keySet(service) {
  return (await fetch(jwks(service))).json();
}

// keyIds are the ids of those keys.
export async function keyIds(service) {
  const { keys } = await keySet(service);
  return keys.map(({ kid }) => kid);
}

// verify answers with the header and the claims of a good access token, and throws for any other.
export function verify(token, keys, { issuer, algorithm, ...other }) {
  return jwtVerify(token, keys, { issuer, audience: AUDIENCE, algorithms: [algorithm], typ: 'at+jwt', requiredClaims: REQUIRED, ...other });
}

// expired waits until a token is.
export async function expired({ exp }) {
  while (Date.now() < exp * 1000) await new Promise((resolve) => setTimeout(resolve, exp * 1000 - Date.now() + 1));
}
