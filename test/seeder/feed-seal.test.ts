import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import Corestore from 'corestore';
import { narrowSeeds, rootSeeds } from '../../protocol/epoch-tree.ts';
import { sealedStore } from '../../protocol/sealed-store.ts';
import { FeedSeal } from '../../seeder/feed-seal.ts';
import { temporaryDirectory, until } from './loopback.ts';

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

test('a copy that was behind opens what was paid for once it has caught up', async () => {
  const epochMs = 60_000;
  let nowMs = 0;
  const root = rootSeeds(randomBytes(32), Buffer.from('feed'));
  const seal = () => new FeedSeal(epochMs, [root], () => nowMs);
  const [written, copied] = [await temporaryDirectory(), await temporaryDirectory()];
  await using stack = new AsyncDisposableStack();
  for (const each of [written, copied]) stack.use(each);
  const openStore = ({ path }: { path: string }) =>
    stack.adopt(new Corestore(path), (store) => store.close());
  const [store, copyStore] = [openStore(written), openStore(copied)];
  const core = sealedStore(store, seal().encryption).get({ name: 'feed' });
  for (const block of ['0', '1', '2']) {
    await core.append(Buffer.from(block));
    nowMs += 10 * epochMs;
  }
  const copy = copyStore.get({ key: core.key });
  await copy.ready();
  const ofCopy = seal();
  const opens = () => ofCopy.opens({ fromBlock: 1, expiresAtMs: null }, copy, nowMs);
  assert.deepEqual(opens(), { first: 30, last: 30 });
  const stream = store.replicate(true);
  stream.pipe(copyStore.replicate(false)).pipe(stream);
  await copy.get(1, { raw: true });
  await until(() => opens()?.first === 10, 'the block says its epoch');
  nowMs += epochMs;
  assert.deepEqual(opens(), { first: 10, last: 31 });
});
