// An authenticator app (RFC 6238, with SHA-1, 6 digits and 30 seconds).
import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

const STEP = 30_000; // milliseconds
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

// bytes reads base32 (RFC 4648, 6).
function bytes(text) {
  const bits = [...text.replace(/[\s=]/g, '')].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((octet) => parseInt(octet, 2)));
}

// totp returns the code of a secret, of now or of some steps later. The service takes the steps
// before and after its own, each once: so a test has three codes without waiting. It waits if the
// step is about to end.
export async function totp(secret, later = 0) {
  if (STEP - (Date.now() % STEP) < 5000) await pause(5000);
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP) + later));
  const mac = createHmac('sha1', bytes(secret)).update(count).digest();
  const value = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff;
  return String(value % 1_000_000).padStart(6, '0');
}

// wrong returns a code that is none of the three.
export async function wrong(secret) {
  const right = await Promise.all([-1, 0, 1].map((later) => totp(secret, later)));
  return ['000000', '000001', '000002', '000003'].find((code) => !right.includes(code));
}
