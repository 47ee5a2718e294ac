// The audits of the graphql-http project: does the API conform to GraphQL over HTTP?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { code, startService } from '../service.mjs';
import { user } from './verifier.mjs';

const AUDITS = 61; // in the pinned version; fewer would mean that some are missing

// The audits send GET requests as any page could. A client of the API adds a header.
const fetchWith = (headers) => (url, { headers: own, ...rest } = {}) => fetch(url, { ...rest, headers: { ...own, ...headers } });

for (const introspection of ['full', 'filtered']) {
  test(`introspection ${introspection}`, async (t) => {
    const service = await startService({ INTROSPECTION: introspection });
    t.after(() => service.stop());
    const { accessToken } = await service.register(user);
    const url = `${service.url}/graphql`;
    const audits = serverAudits({ url, fetchFn: fetchWith({ 'graphql-require-preflight': '1', authorization: `Bearer ${accessToken}` }) });
    assert.equal(audits.length, AUDITS);
    for (const audit of audits) {
      await t.test(`${audit.id} ${audit.name}`, async () => {
        const { status, reason, response } = await audit.fn();
        assert.equal(status, 'ok', `${reason}\n${response && (await response.text().catch(() => ''))}`);
      });
    }
    await t.test('GET without the header is refused', async () => {
      const query = `${url}?query={__typename}`;
      const response = await fetch(query);
      assert.deepEqual([response.status, code(await response.json())], [400, 'BAD_REQUEST']);
      assert.equal((await fetchWith({ 'x-requested-with': 'XMLHttpRequest' })(query)).status, 200);
    });
  });
}
