import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserStorage, explorerStorage } from '../../web/explorer/storage.mjs';

const examples = [{ name: 'LogIn', query: 'mutation LogIn { x }', variables: { password: 'secret' } }, { name: 'Me', query: 'query Me { me { id } }' }];

function stores() {
  const [lasting, passing] = [browserStorage('nothing'), browserStorage('nothing')];
  return { lasting, passing, open: () => explorerStorage(examples, lasting, passing) };
}

test('a first visit has the ready-made tabs, with the first one open', () => {
  const { open } = stores();
  const storage = open();
  assert.deepEqual(JSON.parse(storage.getItem('graphiql:tabState')).tabs.map((tab) => tab.title), ['LogIn', 'Me']);
  assert.equal(storage.getItem('graphiql:query'), examples[0].query);
  assert.deepEqual(JSON.parse(storage.getItem('graphiql:variables')), { password: 'secret' });
});

test('a later one has what the person wrote', () => {
  const { open } = stores();
  const mine = { activeTabIndex: 1, tabs: [{ query: 'a', variables: null }, { query: 'b', variables: '{}' }] };
  open().setItem('graphiql:tabState', JSON.stringify(mine));
  const storage = open();
  assert.deepEqual(JSON.parse(storage.getItem('graphiql:tabState')), mine);
  assert.equal(storage.getItem('graphiql:query'), 'b');
  assert.equal(storage.getItem('graphiql:variables'), '{}');
  assert.equal(storage.getItem('graphiql:headers'), null);
});

test('what was written does not outlive the browser tab; what it looks like does', () => {
  const { open, lasting, passing } = stores();
  const storage = open();
  for (const key of ['tabState', 'queries', 'favorites', 'query', 'variables', 'headers', 'anything new']) storage.setItem(`graphiql:${key}`, 'secret');
  assert.equal(lasting.length, 0);
  storage.setItem('graphiql:theme', 'dark');
  assert.equal(lasting.getItem('graphiql:theme'), 'dark');
  assert.equal(passing.getItem('graphiql:theme'), null);
  assert.equal(storage.getItem('graphiql:theme'), 'dark');
});

test('clearing takes what is GraphiQL’s, and gives the ready-made tabs back', () => {
  const { open, lasting, passing } = stores();
  const storage = open();
  storage.setItem('graphiql:theme', 'dark');
  passing.setItem('another', 'x');
  assert.equal(storage.length, 2);
  storage.clear();
  assert.deepEqual([lasting.length, passing.length, storage.length], [0, 1, 0]);
  assert.equal(storage.getItem('graphiql:query'), examples[0].query);
});
