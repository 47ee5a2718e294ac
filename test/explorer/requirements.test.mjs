import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { LIMIT, matching, reach, row } from '../../web/explorer/access.mjs';
import { annotate, requirements, words } from '../../web/explorer/requirements.mjs';

const SDL = `
  type Query {
    open: Int @public
    me: Int @authenticated
    users(first: Int @hasRole(role: "boss")): Int @authenticated @hasScope(scope: "read:users", orSelf: "id")
    both: Int @hasRole(role: ["boss", "clerk"]) @hasScope(scope: ["a", "b"])
  }
  type Secret @hasRole(role: "boss") { id: ID  more: Int @hasScope(scope: "s") }
  input In { a: Int @hasScope(scope: "t")  b: Int }
  union Any = Secret
`;

test('the requirements of a schema are read aloud', () => {
  const found = Object.fromEntries([...requirements(parse, SDL)].map(([coordinate, required]) => [coordinate, words(required)]));
  assert.deepEqual(found, {
    'Query.me': 'a login',
    'Query.users': 'scope read:users or your own',
    'Query.users(first:)': 'role boss',
    'Query.both': 'role boss or role clerk, and scope a or scope b',
    'Secret.id': 'role boss',
    'Secret.more': 'role boss, and scope s',
    'In.a': 'scope t',
  });
});

test('the documentation shows them before the description', () => {
  const needs = new Map([['Query.me', [['authenticated']]], ['Query.me(x:)', [['role:a`b']]], ['In.a', [['scope:t']]]]);
  const schema = { types: [
    { name: 'Query', fields: [{ name: 'me', description: 'You.', args: [{ name: 'x', description: null }, { name: 'y', description: 'Why.' }] }, { name: 'open', description: 'All.', args: [] }], inputFields: null },
    { name: 'In', fields: null, inputFields: [{ name: 'a', description: null }, { name: 'b', description: null }] },
  ] };
  const before = structuredClone(schema);
  assert.deepEqual(annotate(schema, needs), { types: [
    { name: 'Query', fields: [{ name: 'me', description: '**`needs a login`** You.', args: [{ name: 'x', description: '**`needs role ab`**' }, { name: 'y', description: 'Why.' }] }, { name: 'open', description: 'All.', args: [] }], inputFields: null },
    { name: 'In', fields: null, inputFields: [{ name: 'a', description: '**`needs scope t`**' }, { name: 'b', description: null }] },
  ] });
  assert.deepEqual(schema, before);
});

test('a decision is put into words', () => {
  const decision = { coordinate: 'User.email', path: ['me', 'email'], verdict: 'DENY', reason: 'missing_scope', required: [['scope:s', 'self']], missing: [['scope:s']] };
  const tests = [
    [{}, 'you lack scope s'],
    [{ reason: 'no_credential' }, 'log in first'],
    [{ reason: 'not_self' }, 'not your own'],
    [{ reason: 'rank', missing: [] }, 'rank'],
    [{ verdict: 'SELF', reason: null }, 'if it is your own'],
    [{ verdict: 'SELF', reason: null, required: [['authenticated']] }, 'depends on who logs in'],
    [{ verdict: 'ALLOW', reason: null, missing: [] }, ''],
  ];
  for (const [change, why] of tests) assert.equal(row({ ...decision, ...change }).why, why, JSON.stringify(change));
  assert.deepEqual(row(decision), { place: 'me › email', coordinate: 'User.email', verdict: 'DENY', needs: 'scope s or your own', why: 'you lack scope s' });
});

test('what depends on whose object it is, is not called refused', () => {
  assert.deepEqual(reach(true, [['self']]), { verdict: 'ALLOW' });
  assert.deepEqual(reach(false, [['scope:s', 'self']]), { verdict: 'SELF', why: 'if it is your own' });
  assert.deepEqual(reach(false, [['scope:s']]), { verdict: 'DENY' });
});

test('a text finds coordinates, or is one', () => {
  const known = ['Query.users', 'User.email', 'UpdateUserInput.email'];
  const tests = [['', known], [' USER.e', ['User.email']], ['email', ['User.email', 'UpdateUserInput.email']], ['Query.other', ['Query.other']], ['Query.user(id:)', ['Query.user(id:)']], ['no such', []], ['Query', ['Query.users']]];
  for (const [text, want] of tests) assert.deepEqual(matching(known, text), want, text);
  assert.equal(matching(Array.from({ length: 300 }, (_, i) => `Query.f${i}`), 'f').length, LIMIT);
});
