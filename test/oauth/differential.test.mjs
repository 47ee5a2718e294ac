// The same requests to the certified oidc-provider and to ours. Every difference is explained in
// differential/differences.mjs, and every explanation still holds. ONLY=words runs those requests
// whose name has the words, and prints what both answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorizeRequests } from './differential/authorize.mjs';
import { DIFFERENCES, REASONS } from './differential/differences.mjs';
import { endpointRequests } from './differential/endpoints.mjs';
import { judge } from './differential/judge.mjs';
import { started } from './differential/side.mjs';
import { text } from './page.mjs';

const { ONLY } = process.env;
const ALL = [...authorizeRequests(), ...endpointRequests()];

test('differences from the certified provider', { timeout: 120_000 }, async (t) => {
  assert.equal(new Set(ALL.map(([name]) => name)).size, ALL.length, 'two requests have one name');
  assert.ok(ALL.length >= 300, `only ${ALL.length} requests`);
  const sides = await started(t);
  const outcomes = [];
  for (const [name, send] of ALL.filter(([name]) => !ONLY || name.includes(ONLY))) {
    const answers = await Promise.all(sides.map((side) => send(side).catch((error) => `failed: ${error.message}`)));
    if (ONLY) console.log(`${name}: ${answers.join(' | ')}`);
    outcomes.push([name, ...answers]);
  }
  if (ONLY) return;
  assert.equal(judge(outcomes, DIFFERENCES, REASONS).join('\n'), '');
});

test('a difference without an explanation is a fault, and an explanation without its difference', () => {
  const reasons = { stricter: 'Ours is stricter.' };
  const faults = (outcome, differences) => judge([outcome], differences, reasons);
  const explained = ['a', 'code', 'page 400', 'stricter'];
  assert.deepEqual(faults(['a', 'code', 'page 400'], [explained]), []);
  assert.match(faults(['a', 'code', 'page 500'], [explained])[0], /^not explained/);
  assert.match(faults(['a', 'page 400', 'page 400'], [explained])[0], /^no difference any more/);
  assert.match(faults(['b', 'code', 'code'], [explained])[0], /^explained, but no request: a/);
  assert.match(faults(['a', 'code', 'failed: x'], [['a', 'code', 'failed: x', 'stricter']])[0], /^a: code/);
  assert.match(faults(['a', 'code', 'page 400'], [['a', 'code', 'page 400', 'other']])[0], /no reason is called other/);
  assert.match(judge([], [], reasons)[0], /nothing uses: stricter/);
});

test('docs/oauth.md has each reason, and the number of requests', async () => {
  const page = await text();
  for (const reason of Object.values(REASONS)) assert.ok(page.includes(reason), `docs/oauth.md lacks: ${reason}`);
  assert.ok(page.includes(`the same ${ALL.length} requests`), `docs/oauth.md lacks the number ${ALL.length}`);
});
