// A browser context, and the faults that must not happen in it.

import assert from 'node:assert/strict';

const FAILED_LOAD = 'Failed to load resource';

// openVisitor returns a visitor without an open page.
export async function openVisitor(browser, options) {
  const visitor = new Visitor(await browser.newContext({ locale: 'en-GB', ...options }));
  await visitor.watch();
  return visitor;
}

class Visitor {
  failures = []; // the status of each failed request, 0 for one without an answer
  #faults = [];
  #failedLoads = [];

  constructor(context) {
    this.context = context;
    context.setDefaultTimeout(30_000);
  }

  async watch() {
    const { context } = this;
    await context.exposeBinding('reportViolation', (_, directive) => this.#faults.push(`violates the policy: ${directive}`));
    await context.addInitScript(() => document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => window.reportViolation(effectiveDirective)));
    context.on('weberror', (error) => this.#faults.push(String(error.error())));
    context.on('response', (response) => response.status() >= 400 && this.failures.push(response.status()));
    context.on('requestfailed', (request) => request.failure()?.errorText !== 'net::ERR_ABORTED' && this.failures.push(0)); // aborted: by the page itself
    context.on('console', (message) => {
      if (message.type() !== 'error') return;
      (message.text().startsWith(FAILED_LOAD) ? this.#failedLoads : this.#faults).push(message.text());
    });
  }

  // faults returns script errors, console errors and violations of the policy. Chromium also logs
  // each failed request; those are faults only if no request failed with that status.
  get faults() {
    const seen = [...this.failures];
    const unexplained = this.#failedLoads.filter((text) => {
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

// A Tab shows the app. Its methods use what a user sees.
class Tab {
  constructor(page) {
    this.page = page;
    this.users = page.getByRole('region', { name: 'Users' });
    this.sessions = page.getByRole('region', { name: 'Where you are logged in' });
  }

  heading(name) {
    return this.page.getByRole('heading', { name, exact: true }).waitFor();
  }

  button(name, within = this.page) {
    return within.getByRole('button', { name, exact: true });
  }

  // fill fills in the fields with these labels, and presses the button.
  async fill(values, button) {
    for (const [label, value] of Object.entries(values)) await this.page.getByLabel(label).fill(value);
    await this.button(button).click();
  }

  register({ name, email, password }) {
    return this.fill({ 'Name (optional)': name, 'Email address': email, Password: password }, 'Register');
  }

  async logIn({ email, password }) {
    await this.heading('Log in');
    await this.fill({ 'Email address': email, Password: password }, 'Log in');
  }

  async logOut() {
    await this.button('Log out', this.page.getByRole('banner')).click();
    await this.heading('Log in');
  }

  // reload queries the users again, and waits for an answer with status 200. It doesn't use the
  // mouse, which would wait for the next frame, and a background tab gets few of those.
  async reload() {
    await Promise.all([this.answered('Me'), this.button('Reload', this.users).dispatchEvent('click')]);
  }

  answered(operation) {
    return this.page.waitForResponse((response) => response.status() === 200 && response.request().postDataJSON()?.operationName === operation);
  }

  // shows waits until the text is on the page.
  shows(text, within = this.page) {
    return within.getByText(text).first().waitFor();
  }

  // row waits for the account's row in the table of users, and returns its text.
  row({ email }) {
    return this.users.getByRole('row').filter({ hasText: email }).innerText();
  }

  // ownRow waits until the account is the only one in the table, and the page says why.
  async ownRow(user) {
    await this.shows('Only administrators can list all users.');
    const row = await this.row(user);
    assert.equal(await this.users.locator('tbody tr').count(), 1);
    return row;
  }

  // sessionCount waits for that many sessions in the list, and returns their texts.
  async sessionCount(count) {
    const items = this.sessions.getByRole('listitem');
    await items.nth(count - 1).waitFor();
    await items.nth(count).waitFor({ state: 'detached' });
    return items.allInnerTexts();
  }

  // overflow returns by how many pixels the page is wider than its window.
  overflow() {
    return this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  }
}
