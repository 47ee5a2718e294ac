import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';
import * as operations from './src/graphql/graphql';
import byId from './src/graphql/persisted-documents.json' with { type: 'json' };

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

// The documents of the page, by their ids and as they are sent. The service trusts them also if it
// trusts only those in a manifest of its operator.
const documents: Plugin = {
  name: 'documents',
  generateBundle() {
    const texts = Object.values(operations).filter((document) => typeof document !== 'function' && document.__meta__?.['hash']).map(String);
    const manifest = { ...byId, ...Object.fromEntries(texts.map((text) => [`sha256:${sha256(text)}`, text])) };
    this.emitFile({ type: 'asset', fileName: 'documents.json', source: JSON.stringify(manifest, null, 2) });
  },
};

// The script contains these packages, whose licences have to go with it.
const LICENSED = ['preact', 'uqr'];

const licences: Plugin = {
  name: 'licences',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'licenses.txt', source: LICENSED.map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8')}`).join('\n') });
  },
};

// One script and one style, whose names stay the same: while two releases run side by side, a page
// of one may get the files of the other, and files with a hash in their name would be missing.
export default defineConfig({
  base: '/account/',
  plugins: [documents, licences],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: { output: { entryFileNames: 'account.js', assetFileNames: 'account[extname]' } },
  },
  server: { proxy: { '/graphql': process.env['GATEHOUSE_URL'] ?? 'http://localhost:8080' } },
});
