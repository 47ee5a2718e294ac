// Follows docs/clients.md from an empty folder and runs the result, so that what users copy works.
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../service.mjs';

const TIMEOUT = 240_000; // milliseconds for a compiler on a busy machine
const DOCUMENTED = 'http://localhost:8080'; // the service's URL in the documentation
const STRICT = ['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--skipLibCheck'];
const here = import.meta.dirname;
const installed = join(here, 'node_modules');

export const readPage = (path) => readFile(join(here, '../..', path), 'utf8');

// fences returns a page's code blocks. The word after the language is a file name.
const fences = (page) => [...page.matchAll(/^```(\w+)(?: +(\S+))?\n(.*?)^```$/gms)]
  .map(([, language, name, text]) => ({ language, name, text }));

// blocks returns a page's code blocks in one language.
export const blocks = (page, language) => fences(page).filter((block) => block.language === language);

// section returns the part of a page under a heading of the second level.
function section(page, heading) {
  const [found, ...more] = page.split(/^## /m).filter((part) => part.startsWith(`${heading}\n`));
  if (!found || more.length > 0) throw new Error(`the page must have one section ${heading}`);
  return found;
}

// packagesIn returns the packages that an installation line names, with their versions.
const packagesIn = (line) => [...line.matchAll(/ (@?[^\s@]+)@(\S+)/g)].map(([, name, version]) => ({ name, version }));

// A Project is a temporary folder in which docs/clients.md is followed.
export class Project {
  #service;

  constructor(folder, service) {
    this.folder = folder;
    this.#service = service;
  }

  // follow returns a project in which these sections of the page have been followed for this
  // service. It is deleted when the test ends.
  static async follow(t, service, ...headings) {
    const project = new Project(await temporaryFolder(), service);
    t.after(() => rm(project.folder, { recursive: true, force: true }));
    const page = await readPage('docs/clients.md');
    for (const block of headings.flatMap((heading) => fences(section(page, heading)))) await project.#step(block);
    return project;
  }

  async #step({ language, name, text }) {
    const shown = text.replaceAll(DOCUMENTED, this.#service.url);
    if (name) await this.write(name, shown);
    else if (language === 'sh') for (const line of shown.trim().split('\n')) await this.#type(line);
    else throw new Error(`a block in ${language} has no file name:\n${text}`);
  }

  async #type(line) {
    if (!line.startsWith('npm install ')) return this.run('sh', '-c', line);
    for (const { name, version } of packagesIn(line)) {
      const tested = await this.install(name);
      if (version !== tested) throw new Error(`docs/clients.md installs ${name}@${version}, and ${tested} is tested`);
    }
  }

  // install links a package from those next to this file, and returns its version. The project
  // can't import others.
  async install(name) {
    const from = join(installed, name);
    const { version, bin = {} } = JSON.parse(await readFile(join(from, 'package.json'), 'utf8'));
    await this.#link(from, join('node_modules', name));
    const programs = typeof bin === 'string' ? { [name.split('/').at(-1)]: bin } : bin;
    for (const [program, path] of Object.entries(programs)) await this.#link(join(from, path), join('node_modules/.bin', program));
    return version;
  }

  async #link(from, name) {
    const path = join(this.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(from, path);
  }

  async write(name, text) {
    const path = join(this.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  read(name) {
    return readFile(join(this.folder, name), 'utf8');
  }

  // run runs a program and returns its output.
  async run(program, ...args) {
    const env = { ...process.env, NO_COLOR: '1', NPM_CONFIG_OFFLINE: 'true' }; // npx must find the program here
    try {
      const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: this.folder, timeout: TIMEOUT, env });
      return stdout + stderr;
    } catch ({ message, stdout, stderr }) {
      throw new Error(`${message}\n${stdout}${stderr}`);
    }
  }

  // compile checks all types as strictly as possible, with the configuration of the page, and
  // writes modules that load can import.
  compile() {
    return this.run('npx', 'tsc', ...STRICT);
  }

  load(name) {
    return import(pathToFileURL(join(this.folder, 'out', name)));
  }
}
