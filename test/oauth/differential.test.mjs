// The same requests to the certified oidc-provider and to ours. Every difference is explained in
// differential/differences.mjs, and every explanation still holds. ONLY=words runs those requests
// whose name has the words, and prints what both answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorizeRequests } from './differential/authorize.mjs';
import { DIFFERENCES, REASONS } from './differential/differences.mjs';
import { endpointRequests } from './differential/endpoints.mjs';
import { started } from './differential/side.mjs';

const { ONLY } = process.env;

test('differences from the certified provider', { timeout: 120_000 }, async (t) => {
  const requests = [...authorizeRequests(), ...endpointRequests()].filter(([name]) => !ONLY || name.includes(ONLY));
  assert.equal(new Set(requests.map(([name]) => name)).size, requests.length, 'two requests have one name');
  if (!ONLY) assert.ok(requests.length >= 300, `only ${requests.length} requests`);
  const sides = await started(t);
  const explained = new Map(DIFFERENCES.map(([name, ...rest]) => [name, rest]));
  assert.equal(explained.size, DIFFERENCES.length, 'a request is explained twice');
  const outcome = (side, send) => send(side).catch((error) => `failed: ${error.message}`);
  const faults = [];
  for (const [name, send] of requests) {
    const [theirs, ours] = await Promise.all(sides.map((side) => outcome(side, send)));
    if (ONLY) console.log(`${name}: ${theirs} | ${ours}`);
    const [was, is, reason] = explained.get(name) ?? [];
    explained.delete(name);
    if (theirs.startsWith('failed') || ours.startsWith('failed')) faults.push(`${name}: ${theirs} | ${ours}`);
    else if (theirs !== ours && (was !== theirs || is !== ours)) faults.push(`not explained: ['${name}', '${theirs}', '${ours}', ''],`);
    else if (theirs === ours && reason) faults.push(`no difference any more: ${name}: ${theirs}`);
    if (reason && !REASONS[reason]) faults.push(`${name}: no reason is called ${reason}`);
  }
  if (!ONLY) for (const name of explained.keys()) faults.push(`explained, but no request: ${name}`);
  const used = new Set(DIFFERENCES.map((difference) => difference[3]));
  for (const reason of Object.keys(REASONS)) if (!used.has(reason)) faults.push(`a reason that nothing uses: ${reason}`);
  assert.equal(faults.join('\n'), '');
});
