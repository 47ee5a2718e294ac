import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserStorage, explorerStorage } from '../../web/explorer/storage.mjs';

const examples = [{ name: 'LogIn', query: 'mutation LogIn { x }', variables: { password: 'secret' } }, { name: 'Me', query: 'query Me { me { id } }' }];

function stores() {
  const [local, session] = [browserStorage('nothing'), browserStorage('nothing')];
  return { local, session, open: () => explorerStorage(examples, local, session) };
}

test('a first visit shows the example tabs, with the first one active', () => {
  const { open } = stores();
  const storage = open();
  assert.deepEqual(JSON.parse(storage.getItem('graphiql:tabState')).tabs.map((tab) => tab.title), ['LogIn', 'Me']);
  assert.equal(storage.getItem('graphiql:query'), examples[0].query);
  assert.deepEqual(JSON.parse(storage.getItem('graphiql:variables')), { password: 'secret' });
});

test('a later visit shows the user’s own tabs', () => {
  const { open } = stores();
  const mine = { activeTabIndex: 1, tabs: [{ query: 'a', variables: null }, { query: 'b', variables: '{}' }] };
  open().setItem('graphiql:tabState', JSON.stringify(mine));
  const storage = open();
  assert.deepEqual(JSON.parse(storage.getItem('graphiql:tabState')), mine);
  assert.equal(storage.getItem('graphiql:query'), 'b');
  assert.equal(storage.getItem('graphiql:variables'), '{}');
  assert.equal(storage.getItem('graphiql:headers'), null);
});

test('the appearance outlives the browser tab; everything typed does not', () => {
  const { open, local, session } = stores();
  const storage = open();
  for (const key of ['tabState', 'queries', 'favorites', 'query', 'variables', 'headers', 'anything new']) storage.setItem(`graphiql:${key}`, 'secret');
  assert.equal(local.length, 0);
  storage.setItem('graphiql:theme', 'dark');
  assert.equal(local.getItem('graphiql:theme'), 'dark');
  assert.equal(session.getItem('graphiql:theme'), null);
  assert.equal(storage.getItem('graphiql:theme'), 'dark');
});

test('clearing removes GraphiQL’s keys and restores the example tabs', () => {
  const { open, local, session } = stores();
  const storage = open();
  storage.setItem('graphiql:theme', 'dark');
  session.setItem('another', 'x');
  assert.equal(storage.length, 2);
  storage.clear();
  assert.deepEqual([local.length, session.length, storage.length], [0, 1, 0]);
  assert.equal(storage.getItem('graphiql:query'), examples[0].query);
});
