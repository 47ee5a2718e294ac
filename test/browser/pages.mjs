// Pages of other origins than the service's, in a browser for which every name is this machine.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { startService } from '../service.mjs';
import { startWitness } from './witness.mjs';

const { CHROMIUM = '/usr/bin/chromium' } = process.env;
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--host-resolver-rules=MAP * 127.0.0.1',
];

export const person = { email: 'ada@example.com', password: 'plum-harbour-violin-42' };
export const stranger = { email: 'eve@example.com', password: 'quartz-lantern-otter-91' };

export const REFRESH = 'mutation { refresh { accessToken refreshToken user { email } } }';
export const LOGOUT = 'mutation { logout }';

// servePages answers with an empty page whatever is asked, under every name.
async function servePages() {
  const server = createServer((_, to) => to.setHeader('content-type', 'text/html').end('<!doctype html><title>A page</title><link rel="icon" href="data:,">'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

// openWorld starts a service that is reached by one name, with pages of another name allowed to use it; names are all of this machine.
export async function openWorld({ service = 'localhost', page = 'localhost', settings = {} } = {}) {
  const opened = []; // what closes each thing, the last first
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const witness = await startWitness();
    opened.push(() => witness.close());
    const [inside, outside] = [await servePages(), await servePages()];
    opened.push(() => [inside, outside].forEach((server) => server.close()));
    const [port, otherPort] = [inside.address().port, outside.address().port];
    const [api, allowed] = [`http://${service}:${witness.port}`, `http://${page}:${port}`];
    const origins = `${allowed},http://${page}`; // without a port, it is the beginning of many another
    const gatehouse = await startService({ PUBLIC_URL: api, CORS_ORIGINS: origins, ...settings });
    opened.push(() => gatehouse.stop());
    witness.passTo(gatehouse.url);
    await gatehouse.register(person);
    await gatehouse.register(stranger);
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    opened.push(() => browser.close());
    return { gatehouse, witness, browser, allowed, port, otherPort, url: `${api}/graphql`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

// openPage opens a page of the origin in the context.
export async function openPage(context, origin) {
  const tab = await context.newPage();
  await tab.goto(origin);
  return tab;
}

// nowhere is a frame in the page whose origin is null: what it sends, it sends for nobody.
export async function nowhere(tab) {
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

// send has the page send an operation, and answers what its script can see of the result: an error, or a status and the body.
export function send(frame, url, query, { mode = 'cors', headers = {}, credentials = 'include' } = {}) {
  const request = { method: 'POST', mode, credentials, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query }) };
  return frame.evaluate(async ([to, how]) => {
    try {
      const response = await fetch(to, how);
      const text = await response.text();
      return { type: response.type, status: response.status, ...(text && JSON.parse(text)) };
    } catch (error) {
      return { error: error.name };
    }
  }, [url, request]);
}

// sendForm has the page send an operation as a form, whose answer goes into a frame of it.
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

// sendBeacon has the page send an operation of which it never hears again.
export function sendBeacon(frame, url, query) {
  return frame.evaluate(([to, body]) => navigator.sendBeacon(to, body), [url, JSON.stringify({ query })]);
}

// theCookie is the one the browser keeps for the service; undefined for none.
export async function theCookie(context) {
  const cookies = await context.cookies();
  return cookies.find(({ name }) => name === 'gatehouse-refresh');
}
