// All tests in one process, so that most of them share one service. Each file also runs alone.
import { readdir } from 'node:fs/promises';

const files = await readdir(import.meta.dirname);
for (const file of files.filter((name) => name.endsWith('.test.mjs')).sort()) await import(`./${file}`);
