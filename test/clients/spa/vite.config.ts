import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';

// In development the page and the API have one origin: what is sent to /graphql goes to the service,
// and so do its pages for accounts.
export default defineConfig(({ mode }) => {
  const { GATEHOUSE_URL = 'http://localhost:8080' } = loadEnv(mode, '.', 'GATEHOUSE_');
  const proxy = { '/graphql': GATEHOUSE_URL, '/account': GATEHOUSE_URL };
  return { plugins: [react()], server: { proxy }, preview: { proxy } };
});
