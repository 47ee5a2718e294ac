// What clients send with the global fetch, and how each of it is answered.
const { fetch: send } = globalThis;

const name = (body) => JSON.parse(body).operationName ?? /\w+ (\w+)/.exec(JSON.parse(body).query)?.[1];

// A Wire hears the requests with a body, in the order of their answers.
export class Wire {
  #heard = [];
  #held = []; // what lets each answer go on
  #missing = 0; // answers of status 401 that are awaited before any of them goes on

  constructor() {
    globalThis.fetch = (...request) => this.#fetch(...request);
  }

  async #fetch(url, options) {
    const response = await send(url, options);
    if (options?.body) this.#heard.push(`${name(options.body)} ${response.status}`);
    if (response.status === 401 && this.#missing > 0) await new Promise((go) => this.#hold(go));
    return response;
  }

  #hold(go) {
    this.#held.push(go);
    if (this.#held.length === this.#missing) {
      this.#missing = 0;
      for (const each of this.#held.splice(0)) each();
    }
  }

  // holdRefused keeps answers of status 401 back until there are this many.
  holdRefused(count) {
    this.#missing = count;
  }

  // heard is each operation with its status, since it was last asked for.
  heard() {
    return this.#heard.splice(0);
  }
}
