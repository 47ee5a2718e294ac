// A proxy between the browser and the service, which remembers what was sent and how it was answered.
import { EventEmitter, once } from 'node:events';
import { createServer, request } from 'node:http';

const PATIENCE = 30_000; // milliseconds

export async function startWitness() {
  const witness = new Witness();
  await witness.listen();
  return witness;
}

class Witness extends EventEmitter {
  seen = []; // requests to the API that were answered
  #server = createServer((from, to) => this.#pass(from, to));
  #port; // of the service
  #held = { few: 0, waiting: [] };

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = this.#server.address().port;
  }

  passTo(url) {
    this.#port = new URL(url).port;
  }

  // hold keeps the next requests that carry a cookie until there are so many of them, which then go on at once.
  hold(few) {
    this.#held = { few, waiting: [] };
  }

  // posts are the requests that may have done something.
  get posts() {
    return this.seen.filter(({ method }) => method === 'POST');
  }

  forget() {
    this.seen = [];
  }

  // until waits for so many POST requests to be answered.
  async until(count) {
    const signal = AbortSignal.timeout(PATIENCE);
    while (this.posts.length < count) await once(this, 'answer', { signal });
  }

  #pass(from, to) {
    const { method, headers, url } = from;
    const onward = request({ host: '127.0.0.1', port: this.#port, method, path: url, headers }, (answer) => {
      const { statusCode: status, headers: got } = answer;
      to.writeHead(status, got);
      answer.pipe(to);
      if (url !== '/graphql') return;
      this.seen.push({ method, status, origin: headers.origin, cookie: headers.cookie, sets: got['set-cookie']?.[0], allows: got['access-control-allow-origin'] });
      this.emit('answer');
    });
    onward.on('error', () => to.destroy());
    const go = () => from.pipe(onward);
    if (method !== 'POST' || !headers.cookie || this.#held.few === 0) return go();
    this.#held.waiting.push(go);
    if (this.#held.waiting.length < this.#held.few) return;
    const { waiting } = this.#held;
    this.hold(0);
    for (const each of waiting) each();
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
