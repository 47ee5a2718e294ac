// A temporary PostgreSQL for several replicas of the service.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../service.mjs';

const TIMEOUT = 60_000; // milliseconds
const VERSIONS = '/usr/lib/postgresql'; // where Debian installs each version

// programs returns the folder with initdb and postgres.
async function programs() {
  if (process.env.PG_BINDIR) return process.env.PG_BINDIR;
  const versions = await readdir(VERSIONS);
  const newest = versions.map(Number).filter(Boolean).sort((a, b) => b - a)[0];
  return join(VERSIONS, String(newest), 'bin');
}

// unprivileged returns the user to run the programs as: PostgreSQL refuses to run as root, so root
// uses the system account for that.
function unprivileged() {
  if (process.getuid() !== 0) return {};
  const number = (flag) => Number(execFileSync('id', [flag, 'nobody']));
  return { uid: number('-u'), gid: number('-g') };
}

// startPostgres returns a DSN, and a function that stops the server and deletes its files.
export async function startPostgres() {
  const [bin, account, folder] = [await programs(), unprivileged(), await temporaryFolder()];
  if (account.uid) await chown(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const options = { ...account, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' }, timeout: TIMEOUT };
  const run = promisify(execFile);
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'gatehouse', '-A', 'trust', '-E', 'UTF8', '--no-sync'], options);
  const { timeout, ...forever } = options;
  const server = spawn(join(bin, 'postgres'), ['-D', data, '-k', folder, '-F', '-c', 'listen_addresses='], { ...forever, stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGINT'); // a fast shutdown
      await once(server, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await output(server.stderr, 'ready to accept connections');
  } catch (error) {
    await stop();
    throw error;
  }
  return { dsn: `host=${folder} user=gatehouse dbname=postgres sslmode=disable`, stop };
}

// output waits until the stream contains the text. It continues reading, so that the program can
// continue writing.
function output(stream, what) {
  let text = '';
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`postgres did not write "${what}":\n${text}`));
    const timer = setTimeout(fail, TIMEOUT);
    stream.on('data', (chunk) => {
      text += chunk;
      if (text.includes(what)) resolve(clearTimeout(timer));
    });
    stream.on('end', fail);
  });
}
