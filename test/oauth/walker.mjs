// A person in front of a provider's pages, without a browser: keeps cookies, follows redirects,
// and fills in and sends the forms of log-in, consent and logout.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';

const MOST = 20; // redirects and pages on the way to a client
const REFUSE = /cancel|abort|deny/i;

const unescape = (text) => text.replace(/&(?:amp|quot|#39|#34|#43|lt|gt|#x([0-9a-f]+));/gi, (entity, hex) =>
  hex ? String.fromCodePoint(parseInt(hex, 16)) : { '&amp;': '&', '&quot;': '"', '&#34;': '"', '&#39;': "'", '&#43;': '+', '&lt;': '<', '&gt;': '>' }[entity.toLowerCase()]);

// attributes returns the attributes of a tag. One without a value is the empty string.
function attributes(tag) {
  const found = {};
  for (const [, name, quoted, apostrophed, bare] of tag.matchAll(/\s([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?/g)) {
    found[name.toLowerCase()] = unescape(quoted ?? apostrophed ?? bare ?? '');
  }
  return found;
}

const tags = (html, name) => [...html.matchAll(new RegExp(`<${name}(?=[\\s/>])[^>]*>`, 'gi'))].map(([tag]) => attributes(tag));

const opening = (html) => html.slice(0, html.indexOf('>') + 1);

const buttons = (html) => [...html.matchAll(/<button(?=[\s>])[^>]*>(.*?)<\/button>/gis)].map(([tag, text]) => ({ ...attributes(opening(tag)), text }));

// send sends a request as a navigation. The fetch of Node would say that a script sends it.
async function send(url, { method = 'GET', headers, body }) {
  const sent = request(url, { method, headers });
  sent.end(body && String(body));
  const [answer] = await once(sent, 'response');
  const chunks = [];
  for await (const chunk of answer) chunks.push(chunk);
  const received = new Headers();
  for (let i = 0; i < answer.rawHeaders.length; i += 2) received.append(answer.rawHeaders[i], answer.rawHeaders[i + 1]);
  const response = new Response([204, 304].includes(answer.statusCode) ? null : Buffer.concat(chunks), { status: answer.statusCode, headers: received });
  return Object.defineProperty(response, 'url', { value: String(url) });
}

// A Page is an answer that leads nowhere by itself.
export class Page {
  constructor(url, response, text) {
    Object.assign(this, { url, status: response.status, headers: response.headers, text });
  }

  // forms returns the forms of the page, each with its inputs and buttons.
  get forms() {
    const outside = buttons(this.text).filter(({ form }) => form);
    return [...this.text.matchAll(/<form(?=[\s>])[^>]*>.*?<\/form>/gis)].map(([html]) => {
      const form = attributes(opening(html));
      return { ...form, inputs: tags(html, 'input'), buttons: [...buttons(html), ...outside.filter((button) => button.form === form.id)] };
    });
  }

  // next returns where <meta http-equiv="refresh"> leads, or undefined.
  get next() {
    const refresh = tags(this.text, 'meta').find((tag) => tag['http-equiv']?.toLowerCase() === 'refresh');
    const to = refresh?.content.match(/url=(.*)$/i)?.[1];
    return to && new URL(to, this.url);
  }

  // refusal returns where the page's link to cancel leads, or undefined.
  get refusal() {
    const link = [...this.text.matchAll(/<a(?=\s)[^>]*>(.*?)<\/a>/gis)].find(([, text]) => REFUSE.test(text));
    return link && new URL(attributes(opening(link[0])).href, this.url);
  }
}

export class Person {
  pages = []; // those seen on the way of the last visit
  #email;
  #password;
  #cookies = new Map(); // by host and name: browsers don't tell ports apart

  constructor({ email, password }) {
    this.#email = email;
    this.#password = password;
  }

  // forget closes the browser: its cookies are gone.
  forget() {
    this.#cookies.clear();
  }

  // get requests an address as a navigation, and follows nothing.
  async get(url, init = {}) {
    const { hostname } = new URL(url);
    const cookies = [...this.#cookies].filter(([key]) => key.startsWith(`${hostname} `)).map(([key, value]) => `${key.split(' ')[1]}=${value}`);
    const form = init.body instanceof URLSearchParams && { 'content-type': 'application/x-www-form-urlencoded' };
    const headers = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', ...form, ...(cookies.length && { cookie: cookies.join('; ') }), ...init.headers };
    const response = await send(url, { ...init, headers });
    for (const line of response.headers.getSetCookie()) this.#keep(hostname, line);
    return response;
  }

  #keep(host, line) {
    const [pair, ...rest] = line.split(';');
    const [name, value] = [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1).trim()];
    const ended = rest.some((part) => /^\s*max-age=(0|-)/i.test(part)) || value === '' ||
      rest.some((part) => /^\s*expires=/i.test(part) && Date.parse(part.split('=')[1]) < Date.now());
    if (ended) this.#cookies.delete(`${host} ${name}`);
    else this.#cookies.set(`${host} ${name}`, value);
  }

  // visit opens an address and does what the pages ask, until it is sent to an address that
  // starts with until. It returns that address, or the page where it ends.
  async visit(url, { until, refuse = false } = {}) {
    this.pages = [];
    let [to, init] = [new URL(url), {}];
    for (let i = 0; i < MOST; i++) {
      if (until && to.href.startsWith(until)) return to;
      const response = await this.get(to, init);
      const location = response.headers.get('location');
      if (location) {
        to = new URL(location, to);
        init = {};
        continue;
      }
      const page = new Page(to, response, await response.text());
      this.pages.push(page);
      const step = page.next ? { to: page.next } : this.#answer(page, refuse);
      if (!step) return page;
      [to, init] = [step.to, step.init ?? {}];
    }
    throw new Error(`no end after ${MOST} pages: ${to}`);
  }

  // arrive is visit where anything but the client's address is a failure.
  async arrive(url, { until, refuse }) {
    const end = await this.visit(url, { until, refuse });
    assert.ok(end instanceof URL, `a page instead of ${until}: ${end.status} ${end.url}\n${end.text?.replace(/<style.*?<\/style>/gis, '')}`);
    return end;
  }

  // #answer fills in the page's form. A person who refuses does so after logging in.
  #answer(page, refuse) {
    if (page.status >= 400) return undefined;
    const password = page.forms.some(({ inputs }) => inputs.some(({ type }) => type === 'password'));
    if (refuse && !password && page.refusal) return { to: page.refusal };
    const form = page.forms.find(({ method, inputs, buttons }) => method?.toLowerCase() === 'post' && (inputs.length > 0 || buttons.length > 0));
    if (!form) return undefined;
    const body = new URLSearchParams();
    for (const { name, type = 'text', value = '', checked, disabled } of form.inputs) {
      if (!name || disabled !== undefined) continue;
      if (type === 'password') body.append(name, this.#password);
      else if (['text', 'email'].includes(type)) body.append(name, this.#email);
      else if (['checkbox', 'radio'].includes(type)) checked === undefined || body.append(name, value || 'on');
      else body.append(name, value);
    }
    const refuses = ({ text, value }) => REFUSE.test(text) || REFUSE.test(value ?? '');
    const button = form.buttons.find((one) => (refuse && !password) === refuses(one)) ?? form.buttons[0];
    if (button?.name) body.append(button.name, button.value ?? '');
    const { origin } = page.url;
    const headers = { origin, 'sec-fetch-site': 'same-origin' };
    return { to: new URL(form.action || page.url, page.url), init: { method: 'POST', body, headers } };
  }
}
