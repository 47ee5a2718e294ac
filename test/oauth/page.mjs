// The recipes of docs/oauth.md, which the tests run.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '../../docs/oauth.md');

// recipe returns the code blocks under a heading of the second level: their language, the name of
// their file, if any, and their text.
export async function recipe(heading) {
  const page = await readFile(PAGE, 'utf8');
  const [found, ...more] = page.split(/^## /m).filter((part) => part.startsWith(`${heading}\n`));
  if (!found || more.length > 0) throw new Error(`the page must have one section ${heading}`);
  return [...found.matchAll(/^```(\w+)(?: +(\S+))?\n(.*?)^```$/gms)].map(([, language, name, text]) => ({ language, name, text }));
}

// text returns the page as one line.
export const text = async () => (await readFile(PAGE, 'utf8')).replace(/\s+/g, ' ');

// commands returns the commands of a block, each as one line.
export const commands = (block) => block.text.replaceAll('\\\n', ' ').trim().split('\n').map((line) => line.replace(/\s+/g, ' '));
