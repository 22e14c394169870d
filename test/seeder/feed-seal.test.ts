import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { narrowSeeds, rootSeeds } from '../../protocol/epoch-tree.ts';
import { FeedSeal } from '../../seeder/feed-seal.ts';

test('of more ranges than are sent at once a buyer gets the newest, in whatever order they came', () => {
  const root = rootSeeds(randomBytes(32), Buffer.from('feed'));
  const ranges = Array.from({ length: 20 }, (_, n) => narrowSeeds(root, 2 * n, 2 * n)!);
  const seal = new FeedSeal(60_000, ranges.toReversed(), () => 0);
  const { seeds } = seal.give({ first: 0, last: 38 });
  assert.deepEqual(
    seeds.map(({ first }) => first),
    Array.from({ length: 16 }, (_, n) => 2 * (n + 4)),
  );
});
