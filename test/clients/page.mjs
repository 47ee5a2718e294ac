// The code that our pages show, taken out of them and put to use: what people copy is what runs here.
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../service.mjs';

const PATIENCE = 240_000; // milliseconds that a compiler may take on a busy machine
const WRITTEN = 'http://localhost:8080'; // where our pages say that the service is
const here = import.meta.dirname;

export const readPage = (path) => readFile(join(here, '../..', path), 'utf8');

// blocks are those of a page's code in one language. The word behind the language is the name of the file that it belongs into.
export function blocks(page, language) {
  const fenced = page.matchAll(/^```(\w+)(?: +(\S+))?\n(.*?)^```$/gms);
  return [...fenced].filter(([, of]) => of === language).map(([, , name, text]) => ({ name, text }));
}

// A Project is a folder with files out of docs/clients.md, compiled with what is installed beside this file.
export class Project {
  constructor(folder) {
    this.folder = folder;
  }

  // of makes a project of some of the page's files, which ask this service. It goes when the test ends.
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
      if (!block) throw new Error(`docs/clients.md shows no ${name}`);
      await project.write(name, block.text.replaceAll(WRITTEN, service.url));
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

  // run runs a program of the packages, and answers what it printed.
  async run(program, ...words) {
    const how = { cwd: this.folder, timeout: PATIENCE, env: { ...process.env, NO_COLOR: '1' } };
    try {
      const { stdout, stderr } = await promisify(execFile)(join(here, 'node_modules/.bin', program), words, how);
      return stdout + stderr;
    } catch ({ message, stdout, stderr }) {
      throw new Error(`${message}\n${stdout}${stderr}`);
    }
  }

  // compile checks the types of these files, and of what they import, as strictly as can be, and makes them modules to be loaded.
  compile(...files) {
    return this.run('tsc', '--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--skipLibCheck', '--types', 'node', '--resolveJsonModule',
      '--module', 'nodenext', '--target', 'es2022', '--rootDir', '.', '--outDir', 'out', ...files);
  }

  load(name) {
    return import(pathToFileURL(join(this.folder, 'out', name)));
  }
}
