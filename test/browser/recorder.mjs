// A proxy between the browser and the service, which records requests and their answers.
import { EventEmitter, once } from 'node:events';
import { createServer, request } from 'node:http';

const TIMEOUT = 30_000; // milliseconds

export async function startRecorder() {
  const recorder = new Recorder();
  await recorder.listen();
  return recorder;
}

class Recorder extends EventEmitter {
  requests = []; // requests to the API that were answered
  #server = createServer((from, to) => this.#forward(from, to));
  #port; // of the service
  #held = { count: 0, waiting: [] };

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = this.#server.address().port;
  }

  // forwardTo forwards requests to the service at url.
  forwardTo(url) {
    this.#port = new URL(url).port;
  }

  // hold holds the next POST requests with a cookie until there are that many, then releases them
  // together.
  hold(count) {
    this.#held = { count, waiting: [] };
  }

  // posts returns the requests that may have had an effect.
  get posts() {
    return this.requests.filter(({ method }) => method === 'POST');
  }

  clear() {
    this.requests = [];
  }

  // until waits until that many POST requests are answered.
  async until(count) {
    const signal = AbortSignal.timeout(TIMEOUT);
    while (this.posts.length < count) await once(this, 'answer', { signal });
  }

  #forward(from, to) {
    const { method, headers, url } = from;
    const onward = request({ host: '127.0.0.1', port: this.#port, method, path: url, headers }, (answer) => {
      const { statusCode: status, headers: answered } = answer;
      to.writeHead(status, answered);
      answer.pipe(to);
      if (url !== '/graphql') return;
      this.requests.push({ method, status, origin: headers.origin, cookie: headers.cookie, sets: answered['set-cookie']?.[0], allows: answered['access-control-allow-origin'] });
      this.emit('answer');
    });
    onward.on('error', () => to.destroy());
    const send = () => from.pipe(onward);
    if (method !== 'POST' || !headers.cookie || this.#held.count === 0) return send();
    this.#held.waiting.push(send);
    if (this.#held.waiting.length < this.#held.count) return;
    const { waiting } = this.#held;
    this.hold(0);
    for (const each of waiting) each();
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
