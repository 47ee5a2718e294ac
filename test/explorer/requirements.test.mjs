import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, listScopes, matching, reach, row } from '../../web/explorer/access.mjs';
import { requirements, withRequirementsFirst, words } from '../../web/explorer/requirements.mjs';

const LIMITED = 'At most 30 per 10m, by USER.';
const schema = (descriptions) => ({
  types: [
    { name: 'Query', inputFields: null, fields: descriptions.slice(0, 4).map((description, i) => ({ name: `f${i}`, description, args: i > 0 ? [] : [{ name: 'x', description: descriptions[4] }] })) },
    { name: 'In', fields: null, inputFields: [{ name: 'a', description: descriptions[5] }] },
    { name: 'Any', fields: null, inputFields: null },
  ],
});
const SERVED = schema(['You.\n\nRequires authentication.', 'All.', `Requires scope s or self (id), and role a.\n\n${LIMITED}`, null, 'Requires role a`b.', 'It says: Requires nothing. So\nit is.']);

test('what is required is read from the descriptions', () => {
  assert.deepEqual(Object.fromEntries(requirements(SERVED)), { 'Query.f0': 'authentication', 'Query.f2': 'scope s or self (id), and role a', 'Query.f0(x:)': 'role a`b' });
});

test('queries come first, then mutations', () => {
  const type = (name) => ({ name, inputFields: null, fields: [{ name: 'f', description: 'Requires role a.', args: [] }] });
  const types = ['Any', 'Mutation', 'Root', 'Zoo'].map(type);
  const ordered = requirements({ queryType: { name: 'Root' }, mutationType: { name: 'Mutation' }, types });
  assert.deepEqual([...ordered.keys()], ['Root.f', 'Mutation.f', 'Any.f', 'Zoo.f']);
});

test('the documentation shows it first', () => {
  const before = structuredClone(SERVED);
  const want = schema(['**`requires authentication`** You.', 'All.', `**\`requires scope s or self (id), and role a\`** ${LIMITED}`, null, '**`requires role ab`**', 'It says: Requires nothing. So\nit is.']);
  assert.deepEqual(withRequirementsFirst(SERVED), want);
  assert.deepEqual(SERVED, before);
});

test('requirements are read aloud', () => {
  assert.equal(words([['fresh:600', 'given:input.old'], ['factors:2']]), 'a proof within 10 min or input.old, and 2 factors');
  assert.equal(words([['fresh:90'], ['factors:1']]), 'a proof within 90 s, and 1 factor');
  assert.equal(words([['authenticated']]), 'authentication');
  assert.equal(words([['scope:read:users', 'self'], ['role:a', 'role:b']]), 'scope read:users or self, and role a or role b');
  assert.equal(words([['authenticated', 'app:write:profile', 'app:email'], ['role:a', 'self', 'app']]), 'authentication or an app with write:profile or an app with email, and role a or self or any app');
});

test('the scopes are asked for, or a fault is told', async () => {
  const scope = { name: 'email', title: 'See your email address', own: true, coordinates: ['User.email'] };
  const asked = [];
  const transport = (result) => ({ refreshExpired: async () => {}, run: async (operation) => { asked.push(operation.query); return { result }; } });
  assert.deepEqual(await listScopes(transport({ data: { scopes: [scope] } })), { scopes: [scope], fault: '' });
  assert.deepEqual(await listScopes(transport({ data: null, errors: [{ message: 'Not now.' }] })), { scopes: [], fault: 'Not now.' });
  assert.deepEqual(await listScopes(transport({})), { scopes: [], fault: 'The service did not answer.' });
  assert.match(asked[0], /scopes \{ name title own coordinates \}/);
});

test('a decision is put into words', () => {
  const decision = { coordinate: 'User.email', path: ['me', 'email'], verdict: 'DENY', reason: 'missing_scope', required: [['scope:s', 'self']], missing: [['scope:s']] };
  const tests = [
    [{}, 'you lack scope s'],
    [{ reason: 'no_credential' }, 'log in first'],
    [{ reason: 'not_self' }, 'not your own'],
    [{ reason: 'not_delegable' }, 'not for applications and API keys'],
    [{ reason: 'rank', missing: [] }, 'rank'],
    [{ verdict: 'SELF', reason: null }, 'if it is your own'],
    [{ verdict: 'SELF', reason: null, required: [['authenticated']] }, 'depends on who logs in'],
    [{ verdict: 'STEP_UP', reason: 'stale', missing: [['fresh:600']] }, 'prove again who you are, with reauthenticate'],
    [{ verdict: 'STEP_UP', reason: 'one_factor', missing: [['factors:2']] }, 'prove who you are with a second factor, with reauthenticate'],
    [{ verdict: 'ALLOW', reason: null, missing: [] }, ''],
  ];
  for (const [change, why] of tests) assert.equal(row({ ...decision, ...change }).why, why, JSON.stringify(change));
  assert.deepEqual(row(decision), { place: 'me › email', coordinate: 'User.email', verdict: 'DENY', needs: 'scope s or self', why: 'you lack scope s' });
});

test('what depends on whose object it is, is not called refused', () => {
  assert.deepEqual(reach(true, 'self (id)'), { verdict: 'ALLOW' });
  assert.deepEqual(reach(false, 'scope s or self (id)'), { verdict: 'SELF', why: 'if it is your own' });
  assert.deepEqual(reach(false, 'scope s or self (id; apps: email)'), { verdict: 'SELF', why: 'if it is your own' });
  assert.deepEqual(reach(false, 'scope myself'), { verdict: 'DENY' });
  const proof = { verdict: 'DENY', why: 'perhaps because you have to prove again who you are' };
  assert.deepEqual(reach(false, 'authentication, and proof within 10m or input.old'), proof);
  assert.deepEqual(reach(false, '2 factors'), proof);
  assert.deepEqual(reach(false, 'role boss, and 2 factors, and proof within 5m'), proof);
  assert.deepEqual(reach(false, 'scope 2 factors-of'), { verdict: 'DENY' });
});

test('a text finds coordinates, or is one', () => {
  const known = ['Query.users', 'User.email', 'UpdateUserInput.email'];
  const tests = [['', known], [' USER.e', ['User.email']], ['email', ['User.email', 'UpdateUserInput.email']], ['Query.other', ['Query.other']], ['Query.user(id:)', ['Query.user(id:)']], ['no such', []], ['Query', ['Query.users']]];
  for (const [text, want] of tests) assert.deepEqual(matching(known, text), want, text);
  assert.equal(matching(Array.from({ length: 300 }, (_, i) => `Query.f${i}`), 'f').length, LIMIT);
});
