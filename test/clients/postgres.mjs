// A Postgres of the tests' own, for several replicas of the service.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../service.mjs';

const PATIENCE = 60_000; // milliseconds
const VERSIONS = '/usr/lib/postgresql'; // where Debian has a folder for each

// programs is the folder with initdb and postgres.
async function programs() {
  if (process.env.PG_BINDIR) return process.env.PG_BINDIR;
  const versions = await readdir(VERSIONS);
  const newest = versions.map(Number).filter(Boolean).sort((a, b) => b - a)[0];
  return join(VERSIONS, String(newest), 'bin');
}

// unprivileged is whom the programs run as: root, as whom Postgres refuses to run, gives way to nobody.
function unprivileged() {
  if (process.getuid() !== 0) return {};
  const number = (flag) => Number(execFileSync('id', [flag, 'nobody']));
  return { uid: number('-u'), gid: number('-g') };
}

// startPostgres answers with a DSN, and with what ends the server and leaves nothing behind.
export async function startPostgres() {
  const [bin, who, folder] = [await programs(), unprivileged(), await temporaryFolder()];
  if (who.uid) await chown(folder, who.uid, who.gid);
  const data = join(folder, 'data');
  const how = { ...who, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' }, timeout: PATIENCE };
  const run = promisify(execFile);
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'gatehouse', '-A', 'trust', '-E', 'UTF8', '--no-sync'], how);
  const { timeout, ...forever } = how;
  const server = spawn(join(bin, 'postgres'), ['-D', data, '-k', folder, '-F', '-c', 'listen_addresses='], { ...forever, stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGINT'); // a fast shutdown
      await once(server, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await said(server.stderr, 'ready to accept connections');
  } catch (error) {
    await stop();
    throw error;
  }
  return { dsn: `host=${folder} user=gatehouse dbname=postgres sslmode=disable`, stop };
}

// said waits until a program has written something, and goes on reading so that it can go on writing.
function said(stream, what) {
  let text = '';
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`postgres never said "${what}":\n${text}`));
    const timer = setTimeout(fail, PATIENCE);
    stream.on('data', (chunk) => {
      text += chunk;
      if (text.includes(what)) resolve(clearTimeout(timer));
    });
    stream.on('end', fail);
  });
}
