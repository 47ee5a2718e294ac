// Pages on other origins than the service's, in a browser that resolves every name to this machine.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { startService } from '../service.mjs';
import { startRecorder } from './recorder.mjs';

const { CHROMIUM = '/usr/bin/chromium' } = process.env;
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--host-resolver-rules=MAP * 127.0.0.1',
];

export const user = { email: 'ada@example.com', password: 'seven quiet herons' };
export const eve = { email: 'eve@example.com', password: 'quartz-lantern-otter-91' };

export const REFRESH = 'mutation { refresh { accessToken refreshToken user { email } } }';
export const LOGOUT = 'mutation { logout }';

// servePages answers every request with an empty page, under every name.
async function servePages() {
  const server = createServer((_, to) => to.setHeader('content-type', 'text/html').end('<!doctype html><title>A page</title><link rel="icon" href="data:,">'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

// start starts a service with one host name, and allows pages of another host name to use it. All
// names resolve to this machine.
export async function start({ service = 'localhost', page = 'localhost', settings = {} } = {}) {
  const opened = []; // functions that close what was opened, called in reverse
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const recorder = await startRecorder();
    opened.push(() => recorder.close());
    const [inside, outside] = [await servePages(), await servePages()];
    opened.push(() => [inside, outside].forEach((server) => server.close()));
    const [port, otherPort] = [inside.address().port, outside.address().port];
    const [api, allowed] = [`http://${service}:${recorder.port}`, `http://${page}:${port}`];
    const origins = `${allowed},http://${page}`; // without a port, it is a prefix of other origins
    const gatehouse = await startService({ PUBLIC_URL: api, CORS_ORIGINS: origins, ...settings });
    opened.push(() => gatehouse.stop());
    recorder.forwardTo(gatehouse.url);
    await gatehouse.register(user);
    await gatehouse.register(eve);
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    opened.push(() => browser.close());
    return { gatehouse, recorder, browser, allowed, port, otherPort, url: `${api}/graphql`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

// openPage opens a page on the origin.
export async function openPage(context, origin) {
  const tab = await context.newPage();
  await tab.goto(origin);
  return tab;
}

// openNullFrame opens a frame in the page with the origin null.
export async function openNullFrame(tab) {
  const element = await tab.evaluateHandle(() => {
    const frame = document.createElement('iframe');
    frame.sandbox = 'allow-scripts allow-forms';
    frame.srcdoc = '<!doctype html>';
    return new Promise((resolve) => {
      frame.onload = () => resolve(frame);
      document.body.append(frame);
    });
  });
  return element.contentFrame();
}

// send sends an operation from the page, and returns what a script can see of the result: an error,
// or the status and the body.
export function send(frame, url, query, { mode = 'cors', headers = {}, credentials = 'include' } = {}) {
  const request = { method: 'POST', mode, credentials, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query }) };
  return frame.evaluate(async ([to, options]) => {
    try {
      const response = await fetch(to, options);
      const text = await response.text();
      return { type: response.type, status: response.status, ...(text && JSON.parse(text)) };
    } catch (error) {
      return { error: error.name };
    }
  }, [url, request]);
}

// sendForm sends an operation from the page as a form, and shows the answer in a frame.
export function sendForm(frame, url, query) {
  return frame.evaluate(([to, text]) => {
    const answer = document.createElement('iframe');
    answer.name = `answer-${Math.random()}`;
    const form = Object.assign(document.createElement('form'), { method: 'post', action: to, enctype: 'text/plain', target: answer.name });
    const [name, value] = JSON.stringify({ query: text, extensions: { '=': '' } }).split('=');
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
    document.body.append(answer, form);
    form.submit();
  }, [url, query]);
}

// sendBeacon sends an operation from the page as a beacon, which has no answer.
export function sendBeacon(frame, url, query) {
  return frame.evaluate(([to, body]) => navigator.sendBeacon(to, body), [url, JSON.stringify({ query })]);
}

// refreshCookie returns the browser's refresh cookie for the service, or undefined.
export async function refreshCookie(context) {
  const cookies = await context.cookies();
  return cookies.find(({ name }) => name === 'gatehouse-refresh');
}
