// Somebody with a browser of their own, and what must not happen in it.

import assert from 'node:assert/strict';

const UNLOADED = 'Failed to load resource';

// openVisitor is one with no page open yet.
export async function openVisitor(browser, options) {
  const visitor = new Visitor(await browser.newContext({ locale: 'en-GB', ...options }));
  await visitor.watch();
  return visitor;
}

class Visitor {
  failures = []; // the status of each request that failed, 0 for one without an answer
  #faults = [];
  #unloaded = [];

  constructor(context) {
    this.context = context;
    context.setDefaultTimeout(30_000);
  }

  async watch() {
    const { context } = this;
    await context.exposeBinding('violated', (_, directive) => this.#faults.push(`against the policy: ${directive}`));
    await context.addInitScript(() => document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => window.violated(effectiveDirective)));
    context.on('weberror', (error) => this.#faults.push(String(error.error())));
    context.on('response', (response) => response.status() >= 400 && this.failures.push(response.status()));
    context.on('requestfailed', (request) => request.failure()?.errorText !== 'net::ERR_ABORTED' && this.failures.push(0)); // aborted: the page did not want it any more
    context.on('console', (message) => {
      if (message.type() !== 'error') return;
      (message.text().startsWith(UNLOADED) ? this.#unloaded : this.#faults).push(message.text());
    });
  }

  // faults are errors of scripts and in the console, and what the policy kept from happening. Chromium writes a line for each request
  // that failed: as many are none as were seen to fail, with that status.
  get faults() {
    const seen = [...this.failures];
    const unexplained = this.#unloaded.filter((text) => {
      const status = Number(/status of (\d+)/.exec(text)?.[1] ?? 0);
      const at = seen.indexOf(status);
      if (at >= 0) seen.splice(at, 1);
      return at < 0;
    });
    return [...this.#faults, ...unexplained];
  }

  async open(url) {
    const tab = new Tab(await this.context.newPage());
    await tab.page.goto(url);
    return tab;
  }

  close() {
    return this.context.close();
  }
}

// A Tab has the app open, and is used by what a person sees of it.
class Tab {
  constructor(page) {
    this.page = page;
    this.people = page.getByRole('region', { name: 'People' });
    this.sessions = page.getByRole('region', { name: 'Where you are logged in' });
  }

  heading(name) {
    return this.page.getByRole('heading', { name, exact: true }).waitFor();
  }

  button(name, within = this.page) {
    return within.getByRole('button', { name, exact: true });
  }

  // fill types into the fields with these labels, and sends the form.
  async fill(values, send) {
    for (const [label, value] of Object.entries(values)) await this.page.getByLabel(label).fill(value);
    await this.button(send).click();
  }

  register({ name, email, password }) {
    return this.fill({ 'Name (optional)': name, 'E-mail address': email, Password: password }, 'Register');
  }

  async logIn({ email, password }) {
    await this.heading('Log in');
    await this.fill({ 'E-mail address': email, Password: password }, 'Log in');
  }

  async logOut() {
    await this.button('Log out', this.page.getByRole('banner')).click();
    await this.heading('Log in');
  }

  // reload asks for the people again, and waits for an answer that is no refusal of the token. A mouse would wait for the next frame, which a
  // tab behind others is not given soon.
  async reload() {
    await Promise.all([this.answered('Me'), this.button('Reload', this.people).dispatchEvent('click')]);
  }

  answered(operation) {
    return this.page.waitForResponse((response) => response.status() === 200 && response.request().postDataJSON()?.operationName === operation);
  }

  // says waits until the text is on the page.
  says(text, within = this.page) {
    return within.getByText(text).first().waitFor();
  }

  // row waits for the account in the table of people, and answers the text of its row.
  row({ email }) {
    return this.people.getByRole('row').filter({ hasText: email }).innerText();
  }

  // ownRow waits until the account is the only one in the table, and the page says why.
  async ownRow(person) {
    await this.says('The list of everybody is for administrators.');
    const row = await this.row(person);
    assert.equal(await this.people.locator('tbody tr').count(), 1);
    return row;
  }

  // logins waits for as many sessions in the list, and answers their texts.
  async logins(count) {
    const items = this.sessions.getByRole('listitem');
    await items.nth(count - 1).waitFor();
    await items.nth(count).waitFor({ state: 'detached' });
    return items.allInnerTexts();
  }

  // overflow is by how many pixels the page is too wide for its window.
  overflow() {
    return this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  }
}
