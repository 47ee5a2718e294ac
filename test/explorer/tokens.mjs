// accessToken returns an unsigned access token for a test.
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export function accessToken(claims = {}) {
  return [part({ typ: 'at+jwt', alg: 'none' }), part({ sub: 'u1', iat: 1000, exp: 1900, roles: ['user'], ...claims }), 'x'].join('.');
}
