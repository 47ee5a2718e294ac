// A proxy between the browser and the service, which can spoil access tokens.
import { once } from 'node:events';
import { createServer, request } from 'node:http';

export async function openProxy() {
  const proxy = new SpoilingProxy();
  await proxy.listen();
  return proxy;
}

class SpoilingProxy {
  #server = createServer((from, to) => this.#forward(from, to));
  #port; // of the service
  #spoil = 0; // the number of requests to spoil together
  #waiting = [];

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://localhost:${this.#server.address().port}`;
  }

  // forwardTo forwards requests to the service at url. Without a url, connections are closed.
  forwardTo(url) {
    this.#port = url && new URL(url).port;
  }

  // spoil replaces the access tokens of the next requests by invalid ones. It holds the requests
  // until there are that many.
  spoil(count) {
    this.#spoil = count;
  }

  #forward(from, to) {
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
    if (!headers.authorization || this.#spoil === 0) return send();
    this.#waiting.push(() => send({ authorization: 'Bearer invalid' }));
    if (this.#waiting.length < this.#spoil) return;
    this.#spoil = 0;
    for (const go of this.#waiting.splice(0)) go();
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
