// Records what clients send with the global fetch, and the status of each answer.
const { fetch: send } = globalThis;

const name = (body) => JSON.parse(body).operationName ?? /\w+ (\w+)/.exec(JSON.parse(body).query)?.[1];

// A Wire records the requests with a body, in the order of their answers.
export class Wire {
  #answered = [];
  #held = []; // releases each held answer
  #awaited = 0; // answers with status 401 to hold before all are released

  constructor() {
    globalThis.fetch = (...request) => this.#fetch(...request);
  }

  async #fetch(url, options) {
    const response = await send(url, options);
    if (options?.body) this.#answered.push(`${name(options.body)} ${response.status}`);
    if (response.status === 401 && this.#awaited > 0) await new Promise((release) => this.#hold(release));
    return response;
  }

  #hold(release) {
    this.#held.push(release);
    if (this.#held.length === this.#awaited) {
      this.#awaited = 0;
      for (const each of this.#held.splice(0)) each();
    }
  }

  // count is how many operations were answered since the last take.
  get count() {
    return this.#answered.length;
  }

  // holdRefused holds answers with status 401 until there are this many.
  holdRefused(count) {
    this.#awaited = count;
  }

  // take returns each operation with its status, since the last call.
  take() {
    return this.#answered.splice(0);
  }
}
