// A proxy between the browser and the service, at which access tokens go bad when a test says so.
import { once } from 'node:events';
import { createServer, request } from 'node:http';

export async function openGate() {
  const gate = new Gate();
  await gate.listen();
  return gate;
}

class Gate {
  #server = createServer((from, to) => this.#pass(from, to));
  #port; // of the service
  #spoils = 0; // how many requests are still to be spoilt together
  #waiting = [];

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://localhost:${this.#server.address().port}`;
  }

  // passTo lets requests through to the service at url; without one they are cut off.
  passTo(url) {
    this.#port = url && new URL(url).port;
  }

  // spoil makes the next requests with an access token carry one that is not good, and has them wait until there are so many of them.
  spoil(count) {
    this.#spoils = count;
  }

  #pass(from, to) {
    const { method, url, headers } = from;
    if (!this.#port) return to.destroy();
    const send = (bad) => {
      const onward = request({ host: '127.0.0.1', port: this.#port, method, path: url, headers: { ...headers, ...bad } }, (answer) => {
        to.writeHead(answer.statusCode, answer.headers);
        answer.pipe(to);
      });
      onward.on('error', () => to.destroy());
      from.pipe(onward);
    };
    if (!headers.authorization || this.#spoils === 0) return send();
    this.#waiting.push(() => send({ authorization: 'Bearer gone-bad' }));
    if (this.#waiting.length < this.#spoils) return;
    this.#spoils = 0;
    for (const go of this.#waiting.splice(0)) go();
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
