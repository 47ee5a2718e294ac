// golang.org/x/oauth2, coreos/go-oidc and zitadel's relying party, whose tests are in go/.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../service.mjs';
import { startApp } from './apps.mjs';
import { ada, startTarget } from './target.mjs';

const CALLBACK = 'http://127.0.0.1:7000/cb';

test('clients in Go', { timeout: 300_000 }, async (t) => {
  const app = `http://127.0.0.1:${await freePort()}`;
  const target = await startTarget(t, {
    confidential: { redirectUris: [CALLBACK] },
    public: { kind: 'PUBLIC', loopback: true, redirectUris: [CALLBACK] },
    zitadel: { redirectUris: [`${app}/cb`], postLogoutRedirectUris: [`${app}/bye`] },
    robot: { grants: ['client_credentials'], scopes: ['read:users'] },
  });
  const walker = await startApp(t);
  walker.handle = async (request, response) => {
    const { searchParams } = new URL(request.url, walker.origin);
    try {
      const end = await target.person.visit(searchParams.get('url'), { until: searchParams.get('until') });
      response.end(JSON.stringify(end instanceof URL ? { url: end.href } : { url: end.url.href, status: end.status, text: end.text }));
    } catch (error) {
      response.writeHead(500).end(String(error.stack));
    }
  };
  const provider = JSON.stringify({ issuer: target.issuer, clients: target.clients, email: ada.email, walker: walker.origin, app });
  await promisify(execFile)('go', ['test', '-count=1', './...'], { cwd: join(import.meta.dirname, 'go'), env: { ...process.env, OAUTH_PROVIDER: provider } })
    .catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
});
