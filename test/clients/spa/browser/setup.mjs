// A service, the built app on another origin of the same site, and a browser.
import { chromium } from 'playwright-core';
import { startService } from '../../../service.mjs';
import { openGate } from './gate.mjs';
import { openSite } from './site.mjs';

const { CHROMIUM = '/usr/bin/chromium' } = process.env;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const admin = { email: 'admin@example.com', password: 'glacier-mitten-pulse-73' };
export const ada = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'plum-harbour-violin-42' };
export const grace = { name: 'Grace Hopper', email: 'grace@example.com', password: 'quartz-lantern-otter-91' };

// openWorld starts all of it, with accounts for the three. A refresh token that was used before ends its session in this service, so
// that a tab which presents one would show.
export async function openWorld() {
  const opened = []; // what closes each thing, the last first
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const gate = await openGate();
    opened.push(() => gate.close());
    const site = await openSite();
    opened.push(() => site.close());
    await site.serve(gate.url);
    const first = { ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password };
    const service = await startService({ PUBLIC_URL: gate.url, CORS_ORIGINS: site.origin, REFRESH_REPLAY_WINDOW: '0s', ...first });
    opened.push(() => service.stop());
    gate.passTo(service.url);
    for (const person of [ada, grace]) await service.register(person);
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    opened.push(() => browser.close());
    return { gate, site, service, browser, close };
  } catch (error) {
    await close();
    throw error;
  }
}
