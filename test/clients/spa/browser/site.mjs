// Serves the built app on its own origin, under a Content-Security-Policy that allows only its own
// files and the API.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';

const MEDIA = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

const policy = (api) => [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", `connect-src ${api}`,
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
].join('; ');

// openSite opens an origin. serve then builds the app for the API at a URL, and serves it there.
export async function openSite() {
  const site = new Site();
  await site.listen();
  return site;
}

class Site {
  #server = createServer((from, to) => this.#answer(from, to));
  #headers;
  #folder;

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.origin = `http://localhost:${this.#server.address().port}`;
  }

  async serve(api) {
    this.#folder = await mkdtemp(join(tmpdir(), 'gatehouse-spa-'));
    this.#headers = { 'content-security-policy': policy(api), 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
    const env = { ...process.env, VITE_API_URL: `${api}/graphql` };
    await promisify(execFile)('npm', ['run', 'build', '--', '--outDir', this.#folder], { cwd: join(import.meta.dirname, '..'), env });
  }

  async #answer({ url }, to) {
    const path = new URL(url, this.origin).pathname;
    const name = path === '/' ? '/index.html' : path;
    try {
      const file = await readFile(join(this.#folder, name));
      to.writeHead(200, { ...this.#headers, 'content-type': MEDIA[extname(name)] }).end(file);
    } catch {
      to.writeHead(404).end();
    }
  }

  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }
}
