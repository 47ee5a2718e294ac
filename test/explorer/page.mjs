// The explorer in a browser: what a user does on the page, and what the page shows.
//
//   CHROMIUM   the browser; /usr/bin/chromium by default
import { chromium } from 'playwright-core';

const { CHROMIUM = '/usr/bin/chromium' } = process.env;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const REFUSED = 'Failed to load resource: the server responded with a status of 401';

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

// openPage opens the explorer of the service at url in a new browser context. `faults` collects
// what must not happen: requests to another origin (they are aborted), script errors and console
// errors.
export async function openPage(browser, url, { colorScheme = 'light', introspection = true, viewport = { width: 1360, height: 820 } } = {}) {
  const context = await browser.newContext({ colorScheme, viewport });
  const page = new Page(context, await context.newPage(), new URL(url).origin);
  await page.watch();
  if (!introspection) await page.withoutIntrospection();
  await page.tab.goto(new URL('/playground', url).href);
  await page.ready();
  return page;
}

class Page {
  faults = [];
  #expectedRefusals = 0; // the browser logs each of them to the console

  constructor(context, tab, origin) {
    this.context = context;
    this.tab = tab;
    this.origin = origin;
  }

  async watch() {
    await this.context.route('**/*', (route) => {
      const { origin, protocol } = new URL(route.request().url());
      if (origin === this.origin || protocol === 'data:') return route.fallback();
      this.faults.push(`request to ${origin}`);
      return route.abort();
    });
    this.context.on('weberror', (error) => this.faults.push(String(error.error())));
    this.context.on('console', (message) => {
      if (message.type() !== 'error') return;
      if (message.text().startsWith(REFUSED) && this.#expectedRefusals-- > 0) return;
      this.faults.push(message.text());
    });
  }

  async ready() {
    for (const editor of ['query-editor', 'response']) await this.tab.locator(`.graphiql-${editor} .CodeMirror`).waitFor();
    await this.tab.getByRole('textbox', { name: 'Variables' }).waitFor({ state: 'attached' });
  }

  // reload first waits until GraphiQL has saved its state, half a second after a change.
  async reload() {
    await this.tab.waitForTimeout(700);
    await this.tab.reload();
    await this.ready();
  }

  who() {
    return this.tab.locator('#who').textContent();
  }

  background() {
    return this.tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
  }

  tabs() {
    return this.tab.locator('.graphiql-tab-button').allTextContents();
  }

  // answered resolves to the API's next response to the operation of that name.
  answered(operation) {
    return this.tab.waitForResponse((r) => r.url() === `${this.origin}/graphql` && new RegExp(`(query|mutation) ${operation}\\b`).test(r.request().postDataJSON().query));
  }

  // run opens the tab, types the variables, presses the button, and returns the content of the
  // response pane.
  async run(name, variables) {
    await this.tab.locator('.graphiql-tab-button', { hasText: new RegExp(`^${name}$`) }).click();
    if (variables) await this.type('Variables', JSON.stringify(variables, null, 2));
    return this.execute();
  }

  // execute runs the operation of the active tab.
  async execute() {
    await this.tab.getByRole('button', { name: /^Execute query/ }).click();
    const shown = await this.tab.waitForFunction(() => {
      const running = document.querySelector('.graphiql-response .graphiql-spinner');
      const text = document.querySelector('.graphiql-response .CodeMirror').CodeMirror.getValue();
      return !running && text;
    });
    return JSON.parse(await shown.jsonValue());
  }

  async type(editor, text) {
    await this.tab.getByRole('textbox', { name: editor, exact: true }).focus();
    await this.tab.keyboard.press('ControlOrMeta+A');
    await this.tab.keyboard.insertText(text);
  }

  // refuseOnce answers the operation's next request in place of the service, refusing its token.
  refuseOnce(name, reason) {
    this.#expectedRefusals++;
    const errors = [{ message: 'The access token is not valid.', extensions: { code: 'UNAUTHENTICATED', reason } }];
    const refuse = async (route) => {
      if (route.request().postDataJSON().operationName !== name) return route.fallback();
      await this.context.unroute('**/graphql', refuse);
      return route.fulfill({ status: 401, contentType: 'application/json', body: JSON.stringify({ errors }) });
    };
    return this.context.route('**/graphql', refuse);
  }

  withoutIntrospection() {
    const errors = [{ message: 'Introspection is off.', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }];
    return this.context.route('**/graphql', (route) => {
      if (!route.request().postData().includes('__schema')) return route.fallback();
      return route.fulfill({ status: 200, contentType: 'application/json', body: JSON.stringify({ errors }) });
    });
  }

  // ask sends an operation with the token, without the page.
  async ask(query, token) {
    const response = await fetch(`${this.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    });
    return { status: response.status };
  }

  close() {
    return this.context.close();
  }
}
