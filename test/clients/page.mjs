// Extracts the code from the documentation and runs it, so that the code that users copy works.
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../service.mjs';

const TIMEOUT = 240_000; // milliseconds for a compiler on a busy machine
const DOCUMENTED = 'http://localhost:8080'; // the service's URL in the documentation
const here = import.meta.dirname;

export const readPage = (path) => readFile(join(here, '../..', path), 'utf8');

// blocks returns a page's code blocks in one language. The word after the language is a file name.
export function blocks(page, language) {
  const fenced = page.matchAll(/^```(\w+)(?: +(\S+))?\n(.*?)^```$/gms);
  return [...fenced].filter(([, of]) => of === language).map(([, , name, text]) => ({ name, text }));
}

// A Project is a temporary folder with files from docs/clients.md. It uses the packages installed
// next to this file.
export class Project {
  constructor(folder) {
    this.folder = folder;
  }

  // of returns a project with some of the page's files, for this service. It is deleted when the
  // test ends.
  static async of(t, service, ...names) {
    const folder = await temporaryFolder();
    t.after(() => rm(folder, { recursive: true, force: true }));
    await symlink(join(here, 'node_modules'), join(folder, 'node_modules'), 'dir');
    const project = new Project(folder);
    await project.write('package.json', JSON.stringify({ type: 'module' }));
    const page = await readPage('docs/clients.md');
    const shown = [...blocks(page, 'ts'), ...blocks(page, 'json')];
    for (const name of names) {
      const block = shown.find((each) => each.name === name);
      if (!block) throw new Error(`docs/clients.md has no block ${name}`);
      await project.write(name, block.text.replaceAll(DOCUMENTED, service.url));
    }
    return project;
  }

  async write(name, text) {
    const path = join(this.folder, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
  }

  read(name) {
    return readFile(join(this.folder, name), 'utf8');
  }

  // run runs a program from the packages, and returns its output.
  async run(program, ...args) {
    const options = { cwd: this.folder, timeout: TIMEOUT, env: { ...process.env, NO_COLOR: '1' } };
    try {
      const { stdout, stderr } = await promisify(execFile)(join(here, 'node_modules/.bin', program), args, options);
      return stdout + stderr;
    } catch ({ message, stdout, stderr }) {
      throw new Error(`${message}\n${stdout}${stderr}`);
    }
  }

  // compile checks the types of these files and their imports as strictly as possible, and writes
  // modules that load can import.
  compile(...files) {
    return this.run('tsc', '--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--skipLibCheck', '--types', 'node', '--resolveJsonModule',
      '--module', 'nodenext', '--target', 'es2022', '--rootDir', '.', '--outDir', 'out', ...files);
  }

  load(name) {
    return import(pathToFileURL(join(this.folder, 'out', name)));
  }
}
