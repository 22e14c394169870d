import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccessEnded } from '../../buyer/access-ended.ts';
import { FeedKeys, type KeyHope } from '../../buyer/swarm/feed-keys.ts';
import { epochKey, narrowSeeds, rootSeeds, writeSeeds } from '../../protocol/epoch-tree.ts';
import { SealedBlocks } from '../../protocol/sealed-blocks.ts';
import { TestStores } from '../support/stores.ts';

const EPOCH_MS = 10_000;
const root = rootSeeds(Buffer.alloc(32, 7), Buffer.from('a feed'));

/** A feed whose block N is of epoch N, and a buyer who has the keys of the first ones. */
async function openBuyer(stores: TestStores, { first, last }: { first: number; last: number }) {
  const clock = { epoch: 0 };
  const keyOf = (epoch: number) => epochKey(root, epoch);
  const encryption = new SealedBlocks({ keyOf, epochNow: () => clock.epoch });
  const store = await stores.open();
  const core = store.get({ name: 'feed', encryption });
  for (; clock.epoch < 6; clock.epoch++) await core.append(Buffer.from(`of ${clock.epoch}`));
  const state: { hope: KeyHope | Error } = { hope: 'soon' };
  const hope = () => {
    if (state.hope instanceof Error) throw state.hope;
    return state.hope;
  };
  const keys = new FeedKeys(hope, 300);
  const copy = store.get({ key: core.key, encryption: keys.encryption });
  await copy.ready();
  const give = (from: number, to: number) =>
    keys.take({ epochMs: EPOCH_MS, seeds: [writeSeeds(narrowSeeds(root, from, to)!)] }, core);
  give(first, last);
  return { copy, keys, state, give };
}

test('a block that comes ahead of its key is waited for, as long as there is hope, and opened', async () => {
  await using stores = new TestStores();
  const { copy, state, give } = await openBuyer(stores, { first: 0, last: 2 });
  assert.equal(String(await copy.get(2)), 'of 2');
  const late = [copy.get(3), copy.get(4)];
  give(0, 3);
  assert.equal(String(await late[0]), 'of 3');
  give(0, 4);
  assert.equal(String(await late[1]), 'of 4');

  // While no seeder is up it is waited for longer than one is given time.
  state.hope = 'later';
  const later = copy.get(5);
  const outcome = await Promise.race([later, new Promise((resolve) => setTimeout(resolve, 900))]);
  assert.equal(outcome, undefined);
  give(0, 5);
  assert.equal(String(await later), 'of 5');
});

test('a key that never comes, and one of before what was bought, give an error, and so does the end of access', async () => {
  await using stores = new TestStores();
  const { copy, keys, state } = await openBuyer(stores, { first: 2, last: 3 });
  await assert.rejects(copy.get(1), { name: 'SealError', code: 'no-key', epoch: 1 });
  await assert.rejects(copy.get(4), { name: 'SealError', code: 'no-key', epoch: 4 });
  assert.equal(String(await copy.get(3)), 'of 3');

  const waiting = assert.rejects(copy.get(4), { code: 'access-ended', reason: 'revoked' });
  state.hope = new AccessEnded('revoked', null);
  keys.wake();
  await waiting;
  state.hope = 'none';
  await assert.rejects(copy.get(5), { code: 'no-key' });
});
