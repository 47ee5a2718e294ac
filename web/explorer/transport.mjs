// Sends operations to the API with the token of the session, and watches the answers for new ones.

const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';
const REFRESH = 'mutation Refresh($refreshToken: String) { refresh(refreshToken: $refreshToken) { accessToken refreshToken expiresIn } }';
const LOGOUT = 'mutation LogOut($refreshToken: String) { logout(refreshToken: $refreshToken) }';
const ENDED = 'Your session has ended. Log in again.';

// Transport needs the session; parse, of the reference implementation of GraphQL; and fetch.
export class Transport {
  #session;
  #parse;
  #fetch;
  #refreshing = null; // the refresh under way: whoever else needs one waits for the same

  constructor(session, parse, fetch = globalThis.fetch.bind(globalThis)) {
    this.#session = session;
    this.#parse = parse;
    this.#fetch = fetch;
  }

  // run sends an operation {query, variables, operationName} with the headers given, and answers {status, result}.
  // The result is always an object with data or errors; the status is 0 when the server can't be reached.
  // An expired access token is renewed and the operation sent once more. Headers with an Authorization of their own
  // are left alone: the session then neither renews nor ends by the answer.
  async run(operation, headers = {}) {
    const definition = this.#definition(operation);
    const own = new Headers(headers).has('authorization');
    const send = () => this.#post(this.#supplied(operation, definition), headers, this.#session.accessToken);

    const used = this.#session.accessToken;
    let answer = await send();
    if (answer.status === 401 && used && !own && (await this.#renewed(used, answer))) answer = await send();
    this.#observe(answer.result, definition, own);
    return answer;
  }

  // refresh exchanges the refresh token, and answers whether there is a new access token. One at a time.
  refresh() {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  // logOut ends the session at the server and forgets it. If the server can't be reached the session stays, and the
  // notice says so: forgetting it would leave it open.
  async logOut() {
    const { refreshToken, accessToken } = this.#session;
    const answer = await this.#post({ query: LOGOUT, variables: { refreshToken } }, {}, accessToken);
    if (answer.result.data?.logout === true) this.#session.forget('You are logged out.');
    else this.#session.say(`Not logged out: ${answer.result.errors?.[0]?.message}`);
  }

  async #refresh() {
    const { refreshToken } = this.#session;
    const before = this.#session.accessToken;
    const { result } = await this.#post({ query: REFRESH, variables: { refreshToken } }, {}, null);
    if (this.#session.accessToken !== before) return this.#session.accessToken !== null; // somebody logged in or out meanwhile
    if (this.#session.adopt(result.data?.refresh)) return true;
    const [error] = result.errors ?? [];
    if (/^REFRESH_TOKEN_/.test(error?.extensions?.code)) this.#session.forget(ENDED);
    else this.#session.say(`The token was not refreshed: ${error?.message}`);
    return false;
  }

  // renewed answers whether the session has another access token than the one refused, after a refresh if need be.
  async #renewed(used, answer) {
    if (this.#session.accessToken !== used) return this.#session.accessToken !== null;
    const reason = answer.result.errors?.map((e) => e.extensions?.reason).find(Boolean);
    if (reason === 'token_expired') return this.#session.refreshable && this.refresh();
    this.#session.forget(ENDED);
    return false;
  }

  // observe takes tokens and accounts from the answer, whatever the fields are called.
  #observe(result, definition, own) {
    const data = result.data ?? {};
    for (const value of Object.values(data)) {
      if (!value || typeof value !== 'object') continue;
      if (!this.#session.adopt(value)) this.#session.learn(value);
    }
    const logout = definition?.selectionSet.selections.find((s) => s.name?.value === 'logout');
    if (logout && !own && data[logout.alias?.value ?? 'logout'] === true) this.#session.forget('You are logged out.');
  }

  // definition is the operation that will run, or undefined where the document is not GraphQL. GraphiQL may still name
  // that of the tab it has just left: the only one there is, is meant.
  #definition({ query, operationName }) {
    try {
      const operations = this.#parse(query).definitions.filter((d) => d.kind === 'OperationDefinition');
      return operations.find((d) => d.name?.value === operationName) ?? (operations.length === 1 ? operations[0] : undefined);
    } catch {
      return undefined;
    }
  }

  // supplied fills in what the session knows: $refreshToken and $myId, where the operation declares them and the
  // variables leave them out or null.
  #supplied(operation, definition) {
    const known = { refreshToken: this.#session.refreshToken, myId: this.#session.subject };
    const variables = { ...operation.variables };
    for (const { variable } of definition?.variableDefinitions ?? []) {
      const name = variable.name.value;
      if (known[name] != null) variables[name] ??= known[name];
    }
    return { ...operation, variables, operationName: definition ? definition.name?.value : operation.operationName };
  }

  async #post(operation, headers, token) {
    const sent = this.#headers(headers, token);
    try {
      const response = await this.#fetch('/graphql', {
        method: 'POST',
        headers: sent,
        body: JSON.stringify(operation),
        credentials: this.#credentials(sent),
        cache: 'no-store',
        redirect: 'error',
      });
      return { status: response.status, result: read(response.status, await response.text()) };
    } catch {
      return { status: 0, result: failure('The server can’t be reached.') };
    }
  }

  #headers(given, token) {
    const headers = new Headers(given);
    const standard = { accept: ACCEPT, 'content-type': 'application/json' };
    if (token) standard.authorization = `Bearer ${token}`;
    if (this.#session.cookie) standard['x-auth-mode'] = 'cookie';
    for (const [name, value] of Object.entries(standard)) {
      if (!headers.has(name)) headers.set(name, value);
    }
    return headers;
  }

  // credentials leaves a refresh cookie out (another application of this origin may have set it) once the session
  // holds its refresh token itself: the server refuses a request with both.
  #credentials(sent) {
    return this.#session.refreshToken && !sent.has('x-auth-mode') ? 'omit' : 'same-origin';
  }
}

function read(status, text) {
  try {
    const result = JSON.parse(text);
    if (result && typeof result === 'object') return result;
  } catch {
    // told below
  }
  return failure(`The server answered ${status}, not in GraphQL.`, { httpStatus: status, body: text.slice(0, 500) });
}

function failure(message, extensions) {
  return { errors: [extensions ? { message, extensions } : { message }] };
}
