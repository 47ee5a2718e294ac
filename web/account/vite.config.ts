import { defineConfig } from 'vite';

// One script and one style, whose names stay the same: while two releases run side by side, a page
// of one may get the files of the other, and files with a hash in their name would be missing.
export default defineConfig({
  base: '/account/',
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: { output: { entryFileNames: 'account.js', assetFileNames: 'account[extname]' } },
  },
  server: { proxy: { '/graphql': process.env['GATEHOUSE_URL'] ?? 'http://localhost:8080' } },
});
