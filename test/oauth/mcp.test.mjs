// The clients of the Model Context Protocol: they begin at a server that refuses them, find its
// metadata and ours, send resource, and compare the issuer as a string.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auth as auth2 } from '@modelcontextprotocol/client';
import { auth as auth1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { startApp } from './apps.mjs';
import { CALLBACK, Memory } from './memory.mjs';
import { startTarget } from './target.mjs';

const payload = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

// serve makes the application an MCP server as far as a client without a token sees it.
function serve(app, issuer, resource) {
  const metadata = `${app.origin}/.well-known/oauth-protected-resource/mcp`;
  app.handle = (request, response) => {
    if (request.url.startsWith('/.well-known/oauth-protected-resource')) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ resource, authorization_servers: [issuer], scopes_supported: ['openid', 'offline_access'] }));
      return;
    }
    response.writeHead(request.url === '/mcp' ? 401 : 404, { 'www-authenticate': `Bearer resource_metadata="${metadata}"` }).end();
  };
}

for (const [version, auth] of Object.entries({ '@modelcontextprotocol/client': auth2, '@modelcontextprotocol/sdk': auth1 })) {
  test(version, async (t) => {
    const app = await startApp(t);
    const resource = `${app.origin}/mcp`;
    const target = await startTarget(t, {
      agent: { kind: 'PUBLIC', loopback: true, redirectUris: [CALLBACK], resources: [resource] },
      desk: { redirectUris: [CALLBACK], resources: [resource] },
    }, { resources: [{ identifier: resource, name: 'Tools', scopes: ['tools:run'] }] });
    serve(app, target.issuer, resource);

    for (const name of ['agent', 'desk']) {
      await t.test(`${name}: metadata, consent, code, refresh`, async () => {
        const memory = new Memory(target.clients[name], 'openid offline_access');
        assert.equal(await auth(memory, { serverUrl: resource }), 'REDIRECT');
        assert.equal(memory.sentTo.searchParams.get('resource'), resource);
        const back = await target.person.arrive(memory.sentTo, { until: CALLBACK });
        const iss = back.searchParams.get('iss');
        assert.equal(iss, target.issuer);
        assert.equal(await auth(memory, { serverUrl: resource, authorizationCode: back.searchParams.get('code'), iss }), 'AUTHORIZED');
        const { access_token: token, refresh_token: refresh, scope } = memory.tokens();
        assert.equal(payload(token).aud, resource);
        assert.ok(refresh);
        if (target.kind !== 'oracle') assert.ok(scope, 'without scope the client would ask for more again and again');
        assert.equal(await auth(memory, { serverUrl: resource }), 'AUTHORIZED');
        assert.notEqual(memory.tokens().access_token, token);
        assert.equal(payload(memory.tokens().access_token).aud, resource);
      });
    }

    await t.test('a client that asks for no scope gets what it is registered for', { skip: target.kind === 'oracle' && 'answers access_denied' }, async () => {
      target.person.forget();
      const memory = new Memory(target.clients.desk);
      app.handle = withoutScopes(app.handle);
      assert.equal(await auth(memory, { serverUrl: resource }), 'REDIRECT');
      memory.sentTo.searchParams.delete('scope');
      const back = await target.person.arrive(memory.sentTo, { until: CALLBACK });
      assert.equal(await auth(memory, { serverUrl: resource, authorizationCode: back.searchParams.get('code'), iss: target.issuer }), 'AUTHORIZED');
    });
  });
}

// withoutScopes takes scopes_supported out of the metadata.
const withoutScopes = (handle) => (request, response) => {
  const { end } = response;
  response.end = (text) => end.call(response, text?.replace(/,"scopes_supported":\[[^\]]*\]/, ''));
  handle(request, response);
};
