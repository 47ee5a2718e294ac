// The service with its pages at /account, the mails that it keeps, and a browser.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { startService } from '../service.mjs';

const { CHROMIUM = '/usr/bin/chromium', SHOTS } = process.env;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const TIMEOUT = 20_000; // milliseconds
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// The operations that a page sends by itself. They change nothing for a browser without a session.
const HARMLESS = ['LoginMethods', 'Refresh'];

export async function start(settings) {
  const gatehouse = await startService(settings);
  try {
    return new Setup(gatehouse, await chromium.launch({ executablePath: CHROMIUM, args: FLAGS }));
  } catch (error) {
    await gatehouse.stop();
    throw error;
  }
}

class Setup {
  page; // the address of the pages
  #browser;
  #documents; // of the pages, by their ids
  #robot; // the browser of the program that looks into mails

  constructor(gatehouse, browser) {
    this.gatehouse = gatehouse;
    this.page = `${gatehouse.url}/account`;
    this.#browser = browser;
  }

  // visit opens a browser of its own, and a page in it. A script runs before those of the page.
  async visit(fragment = '', { script, ...options } = {}) {
    const context = await this.#browser.newContext({ locale: 'en-US', ...options });
    if (script) await context.addInitScript(script);
    context.setDefaultTimeout(TIMEOUT);
    const tab = await context.newPage();
    tab.faults = [];
    tab.on('pageerror', (error) => tab.faults.push(error.message));
    tab.on('console', (message) => {
      if (/Content Security Policy|TrustedScript|TrustedHTML/.test(message.text())) tab.faults.push(message.text());
    });
    await tab.goto(this.page + fragment);
    return tab;
  }

  // link waits for the newest mail to the address with a link for the purpose, and lets a robot open
  // everything in it before the person does.
  async link(to, purpose, { code = false, last } = {}) {
    const deadline = Date.now() + TIMEOUT;
    for (;;) {
      for (const text of await this.#mails(to)) {
        const found = text.match(new RegExp(`href="([^"]+#${purpose}=[^"]+)"`))?.[1];
        if (!found || found === last) continue;
        await this.#scan([...text.matchAll(/href="(https?:[^"]+)"/g)].map((match) => match[1]));
        return code ? text.match(/\b\d{8}\b/)[0] : found;
      }
      assert.ok(Date.now() < deadline, `a mail to ${to} for ${purpose}`);
      await pause(50);
    }
  }

  async #mails(to) {
    const list = await (await fetch(`${this.page}/mails`)).text();
    const paths = [...list.matchAll(/<a href="([^"]+)">[^<]*<\/a>, to ([^,]+),/g)].filter((match) => match[2].includes(to)).map((match) => match[1]);
    return Promise.all(paths.map(async (path) => (await fetch(new URL(path, this.page))).text()));
  }

  // scan does as programs that look into mails do: it asks for each address, opens it in a browser,
  // runs its scripts, and waits.
  async #scan(addresses) {
    this.#robot ??= await this.#browser.newContext();
    this.#documents ??= await (await fetch(`${this.page}/documents.json`)).json();
    for (const address of new Set(addresses)) {
      for (const method of ['HEAD', 'GET']) await fetch(address, { method });
      const tab = await this.#robot.newPage();
      const sent = [];
      tab.on('request', (request) => request.method() === 'POST' && sent.push(this.#operation(request.postDataJSON())));
      await tab.goto(address, { waitUntil: 'networkidle' });
      await tab.getByRole('button').first().waitFor();
      assert.deepEqual(sent.filter((operation) => !HARMLESS.includes(operation)), []);
      await tab.close();
    }
  }

  // operation returns the name of the operation that a page sends.
  #operation({ query, documentId }) {
    return (query ?? this.#documents[documentId]).match(/(?:query|mutation) (\w+)/)[1];
  }

  async close() {
    await this.#browser.close();
    await this.gatehouse.stop();
  }
}

export const heading = async (tab, text) => tab.getByRole('heading', { level: 1, name: text, exact: true }).waitFor();

// look checks a page with axe, light, dark and on a phone, and takes pictures of it.
export async function look(tab, name) {
  const looks = {
    light: () => tab.emulateMedia({ colorScheme: 'light' }),
    dark: () => tab.emulateMedia({ colorScheme: 'dark' }),
    phone: () => tab.setViewportSize({ width: 390, height: 844 }),
  };
  if (!(await tab.evaluate(() => 'axe' in globalThis))) await tab.evaluate(AXE); // stays, because the pages differ in the fragment only
  for (const [kind, set] of Object.entries(looks)) {
    await set();
    await shoot(tab, `${name}-${kind}`);
    const { violations, passes } = await tab.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => `${name}, ${kind}: ${id}: ${nodes[0].html}`), []);
    assert.ok(passes.length > 10);
    assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the screen`);
  }
  await tab.setViewportSize({ width: 1280, height: 720 });
}

// end closes a browser that visit opened.
export async function end(tab) {
  assert.deepEqual(tab.faults, []);
  await tab.context().close();
}

export const press = (tab, name) => tab.getByRole('button', { name, exact: true }).click();

// fill enters values by the labels of their fields.
export async function fill(tab, values) {
  for (const [label, value] of Object.entries(values)) await tab.getByRole('textbox', { name: label }).or(tab.getByLabel(label, { exact: true })).first().fill(value);
}

// shoot takes a picture to look at afterwards.
export async function shoot(tab, name) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await tab.screenshot({ path: join(SHOTS, `account-${name}.png`), fullPage: true });
}
