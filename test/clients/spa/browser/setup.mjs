// A service, the built app on another origin of the same site, and a browser.
import { chromium } from 'playwright-core';
import { startService } from '../../../service.mjs';
import { openProxy } from './proxy.mjs';
import { openSite } from './site.mjs';

const { CHROMIUM = '/usr/bin/chromium' } = process.env;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const admin = { email: 'admin@example.com', password: 'glacier-mitten-pulse-73' };
export const ada = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'seven quiet herons' };
export const grace = { name: 'Grace Hopper', email: 'grace@example.com', password: 'quartz-lantern-otter-91' };

// start starts all of them, with accounts for the three users. The service has no replay window: a
// used refresh token ends its session, so a test would notice a tab that sends one.
export async function start() {
  const opened = []; // functions that close what was opened, called in reverse
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const proxy = await openProxy();
    opened.push(() => proxy.close());
    const site = await openSite();
    opened.push(() => site.close());
    await site.serve(proxy.url);
    const administrator = { ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password };
    const service = await startService({ PUBLIC_URL: proxy.url, CORS_ORIGINS: site.origin, REFRESH_REPLAY_WINDOW: '0s', ...administrator });
    opened.push(() => service.stop());
    proxy.forwardTo(service.url);
    for (const user of [ada, grace]) await service.register(user);
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    opened.push(() => browser.close());
    return { proxy, site, service, browser, close };
  } catch (error) {
    await close();
    throw error;
  }
}
