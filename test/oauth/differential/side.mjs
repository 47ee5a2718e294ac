// One of the two providers, and what a request to it comes to, in words that are the same for both.
import { createHash } from 'node:crypto';
import { ada, startTarget } from '../target.mjs';
import { Page, Person } from '../walker.mjs';

export const VERIFIER = 'a'.repeat(43);
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
export const WEB = 'https://app.example.com/cb';
export const RESOURCE = 'https://mcp.example.com/mcp';

const CLIENTS = {
  web: { redirectUris: [WEB, 'https://app.example.com/cb?tenant=a', 'https://app.example.com/'], postLogoutRedirectUris: ['https://app.example.com/bye'], resources: [RESOURCE] },
  fresh: { redirectUris: ['https://fresh.example.com/cb'] }, // which the person has not allowed
  native: { kind: 'PUBLIC', loopback: true, redirectUris: ['http://127.0.0.1/cb', 'http://localhost/cb', 'http://[::1]/cb', 'com.example.app:/cb'] },
  plain: { redirectUris: ['https://plain.example.com/cb'], pkce: false },
  robot: { grants: ['client_credentials'], scopes: ['read:users'], resources: [RESOURCE] },
};

// query returns parameters in the form of a query. One that is a list is repeated, and one that is
// undefined is left out.
export const query = (parameters) => new URLSearchParams(Object.entries(parameters).flatMap(([name, value]) =>
  [value].flat().filter((one) => one !== undefined).map((one) => [name, one])));

export const basic = (id, secret) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

// started returns both providers with the same clients.
export function started(t, kinds = ['oracle', 'gatehouse']) {
  const resources = [{ identifier: RESOURCE, name: 'Tools', scopes: ['tools:run'] }];
  const start = (kind) => startTarget(t, CLIENTS, { resources, kind }).then((target) => Side.of(target));
  return Promise.all(kinds.map(start));
}

// A Side is one provider with three browsers: of a person who is logged in and has allowed all
// clients but fresh, of one who has allowed nothing, and an empty one.
class Side {
  static async of(target) {
    const side = new Side();
    Object.assign(side, { issuer: target.issuer, clients: target.clients, known: target.person });
    for (const name of ['web', 'native', 'plain']) {
      const redirect = side.redirect(name);
      const scope = 'openid email offline_access';
      await target.person.arrive(side.address({ client_id: side.id(name), redirect_uri: redirect, scope, prompt: 'consent', nonce: 'n' }), { until: redirect });
    }
    return side;
  }

  empty() { return new Person(ada); }
  id(name) { return this.clients[name].id; }
  basic(name) { return basic(this.id(name), this.clients[name].secret); }
  at(path) { return `${this.issuer}${path}`; }

  // address is that of a request that succeeds, but for these parameters.
  address(parameters) {
    return `${this.at('/oauth/authorize')}?${query({ ...this.usual(), ...parameters })}`;
  }

  usual() {
    return { client_id: this.id('web'), redirect_uri: WEB, response_type: 'code', scope: 'openid email', state: 'a b', code_challenge: CHALLENGE, code_challenge_method: 'S256' };
  }

  // authorize sends a request, and tells where it leads.
  async authorize(parameters, { browser = this.empty(), init } = {}) {
    const form = query({ ...this.usual(), ...parameters });
    const response = init ? await browser.get(this.at('/oauth/authorize'), init(form)) : await browser.get(`${this.at('/oauth/authorize')}?${form}`);
    return this.#led(response, browser);
  }

  async #led(response, browser, hops = 3) {
    const location = response.headers.get('location');
    if (!location) return shown(response);
    const to = new URL(location, this.issuer);
    if (to.origin === this.issuer) return hops ? this.#led(await browser.get(to), browser, hops - 1) : 'around and around';
    return sentBack(to);
  }

  redirect(name) { return name === 'native' ? 'http://127.0.0.1/cb' : this.clients[name].redirectUris[0]; }

  // code returns the parameters that redeem a new code. The person allows the client again where
  // an attack has ended what was allowed.
  async code(name = 'web', parameters = {}) {
    const redirect = this.redirect(name);
    const back = await this.known.arrive(this.address({ client_id: this.id(name), redirect_uri: redirect, ...parameters }), { until: redirect });
    const code = back.searchParams.get('code');
    if (!code) throw new Error(`no code: ${back}`);
    return { grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: VERIFIER };
  }

  // tokens redeems a code, and returns the tokens.
  async tokens(name = 'web', parameters = {}) {
    const response = await this.post('/oauth/token', await this.code(name, parameters), { authorization: this.basic(name) });
    return response.json();
  }

  // refreshable returns tokens with a refresh token.
  refreshable(name = 'web') {
    return this.tokens(name, { scope: 'openid email offline_access', prompt: 'consent' });
  }

  // post sends a form as a program does. The form may be text.
  post(path, form, headers = {}, method = 'POST') {
    const body = ['GET', 'HEAD'].includes(method) ? undefined : typeof form === 'string' ? form : query(form).toString();
    return fetch(this.at(path), { method, body, redirect: 'manual', headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });
  }

  // asked is post, and tells what was answered.
  async asked(...request) {
    return answered(await this.post(...request));
  }
}

// shown tells what a page is for.
async function shown(response) {
  const page = new Page(new URL(response.url), response, await response.text());
  if (response.status >= 400) return `page ${response.status}`;
  const inputs = page.forms.flatMap((form) => form.inputs);
  if (inputs.some(({ type }) => type === 'password')) return 'asks to log in';
  return page.forms.length > 0 ? 'asks to confirm' : `page ${response.status}`;
}

// sentBack tells what the client is sent.
function sentBack(to) {
  const parts = [to.searchParams, new URLSearchParams(to.hash.slice(1))];
  const where = parts.findIndex((part) => part.has('error') || part.has('code'));
  if (where < 0) return `leads to ${to.origin}`;
  const part = parts[where];
  const missing = ['state', 'iss'].filter((name) => !part.has(name)).map((name) => `, no ${name}`).join('');
  return `${part.has('error') ? part.get('error') : 'code'}${where ? ' in the fragment' : ''}${missing}`;
}

// answered tells the status of an answer to a program, and its error.
export async function answered(response) {
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch { /* not JSON */ }
  const challenge = response.headers.get('www-authenticate')?.match(/error="([^"]*)"/)?.[1];
  const error = body?.error ?? challenge;
  const inactive = body?.active === false ? ' inactive' : '';
  return `${response.status}${error ? ` ${error}` : ''}${inactive}`;
}
