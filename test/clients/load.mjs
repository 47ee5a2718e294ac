// Users of several replicas at once: each request goes to a random replica.
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { logIn } from '../service.mjs';

const REFRESH = 'mutation($token: String) { refresh(refreshToken: $token) { accessToken refreshToken } }';
const LOGIN_PAUSE = 500; // milliseconds between logins: each costs the service a password hash

export class Load {
  done = { login: 0, refresh: 0, me: 0 };
  refused = []; // requests that should have succeeded
  keyIds = []; // of the signing keys, in order
  #tokens = []; // access tokens, the newest last
  #replicas;
  #user;

  constructor(replicas, user) {
    this.#replicas = replicas;
    this.#user = user;
  }

  // run sends requests until the signal aborts.
  async run(signal) {
    const first = await this.#logIn();
    const all = [this.#until(signal, () => this.#me()), this.#until(signal, () => this.#me())];
    for (const session of [first, await this.#logIn(), await this.#logIn()]) all.push(this.#until(signal, () => this.#refresh(session)));
    all.push(this.#until(signal, async () => {
      await this.#logIn();
      await pause(LOGIN_PAUSE);
    }));
    await Promise.all(all);
  }

  async #until(signal, step) {
    while (!signal.aborted) await step();
  }

  async #logIn() {
    const answer = await this.#ask('login', logIn(this.#user));
    const session = { refreshToken: answer.data?.login?.refreshToken };
    this.#keep(answer.data?.login);
    return session;
  }

  async #refresh(session) {
    const answer = await this.#ask('refresh', REFRESH, { variables: { token: session.refreshToken } });
    const pair = answer.data?.refresh;
    if (pair) session.refreshToken = pair.refreshToken;
    this.#keep(pair);
  }

  // me uses any token that has not expired. A request whose token expires meanwhile may be refused.
  async #me() {
    this.#tokens = this.#tokens.filter(({ expires }) => expires > Date.now());
    const token = this.#tokens[randomInt(this.#tokens.length || 1)];
    if (!token) return pause(1); // until the next refresh
    await this.#ask('me', '{ me { id } }', { headers: { authorization: `Bearer ${token.text}` } }, token.expires);
  }

  async #ask(name, query, rest, expires = Infinity) {
    const replica = this.#replicas[randomInt(this.#replicas.length)];
    const { status, data, errors } = await replica.ask(query, rest);
    if (status === 200 && !errors) this.done[name]++;
    else if (Date.now() < expires) this.refused.push({ name, status, errors });
    return { data };
  }

  #keep(pair) {
    if (!pair) return;
    const { kid } = decodeProtectedHeader(pair.accessToken);
    if (!this.keyIds.includes(kid)) this.keyIds.push(kid);
    this.#tokens.push({ text: pair.accessToken, expires: decodeJwt(pair.accessToken).exp * 1000 });
  }
}
