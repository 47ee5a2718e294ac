import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock } from '../../web/explorer/bar.mjs';

test('the remaining time is formatted as a clock', () => {
  const tests = [[0, '0:00'], [9, '0:09'], [872, '14:32'], [3600, '1:00:00'], [3723, '1:02:03']];
  for (const [seconds, want] of tests) assert.equal(clock(seconds), want);
});
