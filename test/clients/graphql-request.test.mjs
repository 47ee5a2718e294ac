// graphql-request: its ClientError has the status and the codes of a refusal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientError, GraphQLClient } from 'graphql-request';
import { startService } from '../service.mjs';
import { user } from './verifier.mjs';

const LOGIN = 'mutation($input: LoginInput!) { login(input: $input) { accessToken } }';
const ME = '{ me { email } }';

// refusal returns the status and codes of a ClientError. Any other outcome of the request fails the
// test.
async function refusal(request) {
  const error = await request.then(() => assert.fail('not refused'), (reason) => reason);
  assert.ok(error instanceof ClientError, String(error));
  return [error.response.status, error.response.errors.map(({ extensions }) => extensions.code)];
}

test('graphql-request', { timeout: 60_000 }, async (t) => {
  const service = await startService();
  t.after(() => service.stop());
  await service.register(user);
  const client = new GraphQLClient(`${service.url}/graphql`);

  assert.deepEqual(await refusal(client.request(LOGIN, { input: { ...user, password: 'not-the-password-42' } })), [200, ['INVALID_CREDENTIALS']]);
  const { login } = await client.request(LOGIN, { input: user });

  assert.deepEqual(await refusal(client.request(ME)), [200, ['UNAUTHENTICATED']]); // without a credential
  client.setHeader('authorization', 'Bearer not-a-token'); // with an invalid one
  assert.deepEqual(await refusal(client.request(ME)), [401, ['UNAUTHENTICATED']]);
  client.setHeader('authorization', `Bearer ${login.accessToken}`);
  assert.deepEqual(await client.request(ME), { me: { email: user.email } });
});
