// The built service as a process, with an embedded database. GATEHOUSE is the path of the program.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const TIMEOUT = 60_000; // milliseconds for a start or a stop

// freePort returns a port that is not in use.
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// temporaryFolder returns a folder that every user may enter: a database that root starts runs as
// another user.
export async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  await chmod(folder, 0o711);
  return folder;
}

// startService starts the service with these settings, or those that a function of its URL returns,
// and waits until it is ready.
export async function startService(settings = {}) {
  const { PATH, PG_BINDIR, GATEHOUSE } = process.env;
  if (!GATEHOUSE) throw new Error('GATEHOUSE must be the path of the built service');
  const folder = await temporaryFolder();
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const environment = { PATH, HOME: folder, ADDR: `127.0.0.1:${port}`, DATA_DIR: join(folder, 'data'), LOG_FORMAT: 'json', RATE_LIMITS: 'off', ...(PG_BINDIR && { PG_BINDIR }), ...(typeof settings === 'function' ? settings(url) : settings) };
  const service = new Service(resolve(GATEHOUSE), folder, environment, url);
  await service.start();
  return service;
}

class Service {
  log = '';
  #program;
  #folder;
  #environment;
  #child;

  constructor(program, folder, environment, url) {
    this.#program = program;
    this.#folder = folder;
    this.#environment = environment;
    this.url = url;
    this.issuer = environment.PUBLIC_URL ?? url;
  }

  async start() {
    this.#child = this.#spawn([]);
    const keep = (chunk) => (this.log += chunk);
    this.#child.stdout.on('data', keep);
    this.#child.stderr.on('data', keep);
    const deadline = Date.now() + TIMEOUT;
    while (!(await this.#ready())) {
      const ended = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (!ended && Date.now() < deadline) {
        await pause(50);
        continue;
      }
      await this.stop();
      throw new Error(`the service ${ended ? 'ended' : 'is not ready'}:\n${this.log}`);
    }
  }

  async #ready() {
    return fetch(`${this.url}/readyz`).then(({ ok }) => ok, () => false);
  }

  #spawn(args) {
    return spawn(this.#program, args, { cwd: this.#folder, env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  // command runs another command of the program on the same database, and returns its output.
  async command(...args) {
    const child = this.#spawn(args);
    let [printed, complaint] = ['', ''];
    child.stdout.on('data', (chunk) => (printed += chunk));
    child.stderr.on('data', (chunk) => (complaint += chunk));
    const [status] = await once(child, 'close');
    if (status !== 0) throw new Error(`gatehouse ${args.join(' ')}: status ${status}: ${complaint}`);
    return printed;
  }

  // age sets back when the account's sessions last proved who their person is, by that many minutes.
  // Access tokens say so from the next refresh on.
  async age(email, minutes) {
    const [host, port] = [join(this.#folder, 'data', 'pg'), '5432'];
    const { PG_BINDIR } = process.env;
    const child = spawn(PG_BINDIR ? join(PG_BINDIR, 'psql') : 'psql', ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', `--set=email=${email}`, `--set=minutes=${minutes}`, '--host', host, '--port', port, '--username', 'gatehouse', 'gatehouse'], { stdio: ['pipe', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (chunk) => (complaint += chunk));
    child.stdin.end("UPDATE sessions SET auth_time = auth_time - :'minutes'::int * interval '1 minute' FROM users WHERE users.id = user_id AND users.email = :'email'");
    const [status] = await once(child, 'close');
    if (status !== 0) throw new Error(`psql: status ${status}: ${complaint}`);
  }

  // ask sends an operation without a browser, and returns the status, the headers and the parsed
  // body.
  async ask(query, { variables, headers = {}, signal } = {}) {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
      signal,
    });
    return { status: response.status, headers: response.headers, ...(await response.json()) };
  }

  // register creates an account and returns its tokens.
  async register(input) {
    const { data, errors } = await this.ask('mutation($input: RegisterInput!) { register(input: $input) { accessToken refreshToken } }', { variables: { input } });
    if (errors) throw new Error(errors[0].message);
    return data.register;
  }

  // restart stops the service gracefully, and starts it on the same data with changed settings.
  async restart(settings) {
    await this.#end();
    Object.assign(this.#environment, settings);
    await this.start();
  }

  // stop stops the service gracefully and deletes its files.
  async stop() {
    await this.#end();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #end() {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close');
      const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT);
      child.kill('SIGTERM');
      await closed;
      clearTimeout(timer);
    }
  }
}

export const logIn = ({ email, password }) => `mutation { login(input: { email: "${email}", password: "${password}" }) { accessToken refreshToken user { email } } }`;

// code returns the code of an answer's first error, or undefined.
export const code = ({ errors }) => errors?.[0].extensions.code;
