// The audits of graphql-http, which are not ours: does the API keep to GraphQL over HTTP?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { code, startService } from '../service.mjs';
import { person } from './verifier.mjs';

const AUDITS = 61; // of the version that is pinned; fewer would be tests that vanished

// The audits ask with GET as any page could. Whoever uses the API says that it is no such page.
const asking = (headers) => (url, { headers: own, ...rest } = {}) => fetch(url, { ...rest, headers: { ...own, ...headers } });

for (const introspection of ['full', 'filtered']) {
  test(`introspection ${introspection}`, async (t) => {
    const service = await startService({ INTROSPECTION: introspection });
    t.after(() => service.stop());
    const { accessToken } = await service.register(person);
    const url = `${service.url}/graphql`;
    const audits = serverAudits({ url, fetchFn: asking({ 'graphql-require-preflight': '1', authorization: `Bearer ${accessToken}` }) });
    assert.equal(audits.length, AUDITS);
    for (const audit of audits) {
      await t.test(`${audit.id} ${audit.name}`, async () => {
        const { status, reason, response } = await audit.fn();
        assert.equal(status, 'ok', `${reason}\n${response && (await response.text().catch(() => ''))}`);
      });
    }
    await t.test('GET without the header is refused', async () => {
      const ask = `${url}?query={__typename}`;
      const response = await fetch(ask);
      assert.deepEqual([response.status, code(await response.json())], [400, 'BAD_REQUEST']);
      assert.equal((await asking({ 'x-requested-with': 'XMLHttpRequest' })(ask)).status, 200);
    });
  });
}
