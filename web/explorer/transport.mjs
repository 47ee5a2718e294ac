// Sends operations to the API with the session's access token, and takes new tokens from the
// answers.

const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';
const REFRESH = 'mutation Refresh($refreshToken: String) { refresh(refreshToken: $refreshToken) { accessToken refreshToken expiresIn } }';
const LOGOUT = 'mutation LogOut($refreshToken: String) { logout(refreshToken: $refreshToken) }';
const ENDED = 'Your session has ended. Log in again.';

// A Transport needs the session, the parse function of the graphql package, and fetch.
export class Transport {
  #session;
  #parse;
  #fetch;
  #underWay = new Set(); // the promises of operations that have no answer yet
  #refreshing = null; // the refresh in progress, shared by all requests that need one

  constructor(session, parse, fetch = globalThis.fetch.bind(globalThis)) {
    this.#session = session;
    this.#parse = parse;
    this.#fetch = fetch;
  }

  // run sends an operation {query, variables, operationName} with extra headers and returns
  // {status, result}. The result is always an object with data or errors; the status is 0 if the
  // server can't be reached. If the access token has expired, run refreshes it and sends the
  // operation again. If the headers contain an Authorization, the answer doesn't change the
  // session.
  run(operation, headers = {}) {
    return this.#track(this.#run(operation, headers));
  }

  // idle resolves when every operation has its answer.
  async idle() {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #track(promise) {
    this.#underWay.add(promise);
    return promise.finally(() => this.#underWay.delete(promise));
  }

  async #run(operation, headers) {
    const definition = this.#definition(operation);
    const ownCredential = new Headers(headers).has('authorization');
    const send = () => this.#post(this.#withKnownVariables(operation, definition), headers, this.#session.accessToken);

    const used = this.#session.accessToken;
    let answer = await send();
    if (answer.status === 401 && used && !ownCredential && (await this.#replaced(used, answer))) answer = await send();
    this.#readAnswer(answer.result, definition, ownCredential);
    return answer;
  }

  // prepared returns the operation as run sends it.
  prepared(operation) {
    return this.#withKnownVariables(operation, this.#definition(operation));
  }

  // refreshExpired refreshes an expired access token. An operation that every caller may send is not
  // refused for one, but answered as for a caller without a login.
  async refreshExpired() {
    if (this.#session.accessToken && this.#session.secondsLeft === 0 && this.#session.refreshable) await this.refresh();
  }

  // refresh exchanges the refresh token and returns whether there is a new access token. Concurrent
  // calls share one request.
  refresh() {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  // logOut ends the session on the server, then here. If the server can't be reached, the session
  // stays and the notice says so: dropping the tokens would leave it open on the server.
  logOut() {
    return this.#track(this.#logOut());
  }

  async #logOut() {
    const { refreshToken, accessToken } = this.#session;
    const answer = await this.#post({ query: LOGOUT, variables: { refreshToken } }, {}, accessToken);
    if (answer.result.data?.logout === true) this.#session.end('You are logged out.');
    else this.#session.notify(`Logout failed: ${answer.result.errors?.[0]?.message}`);
  }

  async #refresh() {
    const { refreshToken } = this.#session;
    const before = this.#session.accessToken;
    const { result } = await this.#post({ query: REFRESH, variables: { refreshToken } }, {}, null);
    if (this.#session.accessToken !== before) return this.#session.accessToken !== null; // logged in or out meanwhile
    if (this.#session.adopt(result.data?.refresh)) return true;
    const [error] = result.errors ?? [];
    if (/^REFRESH_TOKEN_/.test(error?.extensions?.code)) this.#session.end(ENDED);
    else this.#session.notify(`Refresh failed: ${error?.message}`);
    return false;
  }

  // replaced returns whether the session has another access token than the one that was refused. It
  // refreshes an expired one, and ends the session if the token was refused for another reason.
  async #replaced(used, answer) {
    if (this.#session.accessToken !== used) return this.#session.accessToken !== null;
    const reason = answer.result.errors?.map((e) => e.extensions?.reason).find(Boolean);
    if (reason === 'token_expired') return this.#session.refreshable && this.refresh();
    this.#session.end(ENDED);
    return false;
  }

  // readAnswer takes tokens and the user's email address from the answer, under any field name.
  #readAnswer(result, definition, ownCredential) {
    const data = result.data ?? {};
    for (const value of Object.values(data)) {
      if (!value || typeof value !== 'object') continue;
      if (!this.#session.adopt(value)) this.#session.learnEmail(value);
    }
    const logout = definition?.selectionSet.selections.find((s) => s.name?.value === 'logout');
    if (logout && !ownCredential && data[logout.alias?.value ?? 'logout'] === true) this.#session.end('You are logged out.');
  }

  // definition returns the operation that will run, or undefined if the document doesn't parse.
  // GraphiQL may still send the operation name of the previous tab; if the document has only one
  // operation, that one runs.
  #definition({ query, operationName }) {
    try {
      const operations = this.#parse(query).definitions.filter((d) => d.kind === 'OperationDefinition');
      return operations.find((d) => d.name?.value === operationName) ?? (operations.length === 1 ? operations[0] : undefined);
    } catch {
      return undefined;
    }
  }

  // withKnownVariables sets $refreshToken and $myId from the session, if the operation declares
  // them and they are null or missing.
  #withKnownVariables(operation, definition) {
    const known = { refreshToken: this.#session.refreshToken, myId: this.#session.subject };
    const variables = { ...operation.variables };
    for (const { variable } of definition?.variableDefinitions ?? []) {
      const name = variable.name.value;
      if (known[name] != null) variables[name] ??= known[name];
    }
    return { ...operation, variables, operationName: definition ? definition.name?.value : operation.operationName };
  }

  async #post(operation, extraHeaders, token) {
    const headers = this.#headers(extraHeaders, token);
    try {
      const response = await this.#fetch('/graphql', {
        method: 'POST',
        headers,
        body: JSON.stringify(operation),
        credentials: this.#credentials(headers),
        cache: 'no-store',
        redirect: 'error',
      });
      return { status: response.status, result: read(response.status, await response.text()) };
    } catch {
      return { status: 0, result: failure('The server can’t be reached.') };
    }
  }

  #headers(extra, token) {
    const headers = new Headers(extra);
    const standard = { accept: ACCEPT, 'content-type': 'application/json' };
    if (token) standard.authorization = `Bearer ${token}`;
    if (this.#session.cookie) standard['x-auth-mode'] = 'cookie';
    for (const [name, value] of Object.entries(standard)) {
      if (!headers.has(name)) headers.set(name, value);
    }
    return headers;
  }

  // credentials omits cookies if the session has a refresh token of its own: another application on
  // this origin may have set a refresh cookie, and the server refuses a request with both.
  #credentials(headers) {
    return this.#session.refreshToken && !headers.has('x-auth-mode') ? 'omit' : 'same-origin';
  }
}

function read(status, text) {
  try {
    const result = JSON.parse(text);
    if (result && typeof result === 'object') return result;
  } catch {
    // reported below
  }
  return failure(`The server answered ${status}, not in GraphQL.`, { httpStatus: status, body: text.slice(0, 500) });
}

function failure(message, extensions) {
  return { errors: [extensions ? { message, extensions } : { message }] };
}
