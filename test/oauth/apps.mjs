// Web applications on a port of their own, each with another project's log-in.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

// startApp starts a server whose handler is set later: its address is registered first.
export async function startApp(t) {
  const app = { handle: undefined };
  const server = createServer((request, response) => app.handle(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => new Promise((closed) => { server.close(closed); server.closeAllConnections(); }));
  return Object.assign(app, { origin: `http://127.0.0.1:${server.address().port}` });
}

export const secret = () => randomBytes(32).toString('base64url');

// cookiesOf returns the cookies of a request by name.
export const cookiesOf = ({ headers }) => Object.fromEntries((headers.cookie ?? '').split('; ').filter(Boolean).map((pair) => {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))];
}));

// readBody returns the body of a request.
export async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

// serveFetch answers requests of node:http with a handler of the Fetch standard.
export function serveFetch(origin, handler) {
  return async (request, response) => {
    const body = request.method === 'POST' ? await readBody(request) : undefined;
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) headers.set(name, [value].flat().join(', '));
    const answer = await handler(new Request(new URL(request.url, origin), { method: request.method, headers, body }));
    response.statusCode = answer.status;
    for (const [name, value] of answer.headers) if (name !== 'set-cookie') response.setHeader(name, value);
    response.setHeader('set-cookie', answer.headers.getSetCookie());
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
}
