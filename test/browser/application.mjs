// An application on a site of its own that sends people to the service, and the service.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { logIn, startService } from '../service.mjs';

const { CHROMIUM = '/usr/bin/chromium' } = process.env;
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--host-resolver-rules=MAP * 127.0.0.1',
];

export const ada = { email: 'ada@example.com', password: 'seven quiet herons' };
export const bob = { email: 'bob@example.com', password: 'quartz-lantern-otter-91' };
const admin = { email: 'root@example.com', password: 'plenty-of-otters-17' };

// certificate makes a key and a certificate for the application's site.
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-site-'));
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
  try {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=app.example.com'], { stdio: 'pipe' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// A Site answers every request with a page, and keeps what people brought back.
class Site {
  answers = [];
  #server = createServer(certificate(), (from, to) => this.#serve(from, to));

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `https://app.example.com:${this.#server.address().port}`;
  }

  #serve(from, to) {
    const url = new URL(from.url, this.url);
    if (url.pathname === '/callback' || url.pathname === '/onward') this.answers.push(Object.fromEntries(url.searchParams));
    if (url.pathname === '/onward') to.writeHead(302, { location: 'com.example.app:/done' }).end();
    else to.setHeader('content-type', 'text/html').end('<!doctype html><title>The application</title><link rel="icon" href="data:,"><h1>The application</h1>');
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

// start starts the service, the application's site and a browser.
export async function start(settings = {}) {
  const opened = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const site = new Site();
    await site.listen();
    opened.push(() => site.close());
    const gatehouse = await startService((url) => ({ OAUTH: 'on', PUBLIC_URL: url, ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password, ...settings }));
    opened.push(() => gatehouse.stop());
    await gatehouse.register(ada);
    await gatehouse.register(bob);
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    opened.push(() => browser.close());
    const { data } = await gatehouse.ask(logIn(admin));
    return { gatehouse, site, browser, url: gatehouse.url, token: data.login.accessToken, close };
  } catch (error) {
    await close();
    throw error;
  }
}

// register registers an application as the administrator, and returns its id.
export async function register({ gatehouse, site, token }, input = {}) {
  const { data: made, errors } = await gatehouse.ask('mutation($input: CreateClientInput!) { createClient(input: $input) { client { id } } }', {
    headers: { authorization: `Bearer ${token}` },
    variables: { input: { name: 'Sunny Calendar', kind: 'PUBLIC', uri: `${site.url}/`, redirectUris: [`${site.url}/callback`], postLogoutRedirectUris: [`${site.url}/bye`], scopes: ['openid', 'profile', 'email', 'offline_access'], ...input } },
  });
  if (errors) throw new Error(JSON.stringify(errors));
  return made.createClient.client.id;
}

// request returns the URL that an application sends a person to.
export function request({ url, site }, client, parameters = {}) {
  const challenge = createHash('sha256').update(randomBytes(32)).digest('base64url');
  const query = new URLSearchParams({ client_id: client, response_type: 'code', redirect_uri: `${site.url}/callback`, scope: 'openid email', state: 'xyz', code_challenge: challenge, code_challenge_method: 'S256', ...parameters });
  return `${url}/oauth/authorize?${query}`;
}
