import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forget } from '../../flow/forget.ts';
import { readListingsById } from '../../flow/read-listings.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { createDatabase } from '../support/database.ts';
import { checkGrowth } from '../support/invariants.ts';
import { connectBuyer, until } from './loopback.ts';
import { addFeed, coreKey, grant, openSeederPlace, queue, revoke } from './market.ts';
import { addMirroredFeed, openSource } from './source.ts';

const BLOCK = Buffer.alloc(1_000, 'x');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

test('what is appended counts as growth, by block and byte, and once', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const seeder = await place.start();
  const [feedId, otherId] = [await addFeed(prisma), await addFeed(prisma)];
  await queue(prisma, feedId, Array(20).fill(BLOCK));
  await coreKey(prisma, feedId, 20);
  await queue(prisma, feedId, Array(5).fill(BLOCK));
  await queue(prisma, otherId, [BLOCK]);
  await coreKey(prisma, feedId, 25);
  await coreKey(prisma, otherId, 1);
  await place.stop(seeder);
  await place.start();
  await queue(prisma, feedId, [BLOCK]);
  await coreKey(prisma, feedId, 26);
  await checkGrowth(prisma);
  assert.deepEqual(await activityOf(prisma, feedId), growth(26));
  assert.deepEqual(await activityOf(prisma, otherId), growth(1));
});

test('the copy of a mirrored feed grows when its blocks arrive', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const core = source.store.get({ name: 'a feed' });
  await core.append(Array(10).fill(BLOCK));
  const feedId = await addMirroredFeed(prisma, source.key, { data: core });
  await place.start();
  const isCopied = async (blocks: number) =>
    (await activityOf(prisma, feedId)).bytesLastDay === BigInt(blocks) * 1_000n;
  await until(() => isCopied(10), 'the copy is whole');
  await core.append(BLOCK);
  await until(() => isCopied(11), 'the new block is there');
  await checkGrowth(prisma);
  assert.deepEqual(await activityOf(prisma, feedId), growth(11));
});

test('growth of more than a day ago is not told, and of more than 90 days ago not kept', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  const feedId = await addFeed(prisma);
  const hoursAgo = [0, 22, 25, 89 * 24, 91 * 24];
  const nowMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  await prisma.feedGrowth.createMany({
    data: hoursAgo.map((hours, i) => ({
      feedId,
      hour: new Date(nowMs - hours * HOUR_MS),
      blocks: 10n ** BigInt(i),
      bytes: 1_000n * 10n ** BigInt(i),
    })),
  });
  assert.deepEqual(await activityOf(prisma, feedId), growth(11));
  await forget(prisma);
  const kept = await prisma.feedGrowth.findMany({ orderBy: { hour: 'desc' } });
  assert.deepEqual(
    kept.map(({ blocks }) => blocks),
    [1n, 10n, 100n, 1_000n],
  );
});

test('buyers count as peers while they are connected and granted, a key once', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const seeder = await place.start();
  const [feedId, otherId] = [await addFeed(prisma), await addFeed(prisma)];
  await coreKey(prisma, feedId);
  await coreKey(prisma, otherId);
  const seed = Buffer.alloc(32, 7);
  await using one = await connectBuyer(place.bootstrap, seeder.key, { seed });
  await using again = await connectBuyer(place.bootstrap, seeder.key, { seed });
  await using two = await connectBuyer(place.bootstrap, seeder.key);
  assert.ok(one.key.equals(again.key));
  await grant(prisma, feedId, one.key, null);
  await grant(prisma, feedId, two.key, null);
  await grant(prisma, feedId, Buffer.alloc(32, 9), null);
  const peersAre = async (count: number) =>
    until(
      async () => (await activityOf(prisma, feedId)).peers === count,
      `${count} peers are told of`,
    );
  await peersAre(2);
  assert.equal((await activityOf(prisma, otherId)).peers, 0);
  await revoke(prisma, feedId, two.key);
  await peersAre(1);
  await place.stop(seeder);
  assert.equal((await activityOf(prisma, feedId)).peers, 0, 'a seeder that stops takes it back');
});

test('buyers of two seeders count once, and what a seeder said that has gone silent is not believed for long', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  const feedId = await addFeed(prisma);
  const said = (seconds: number, seed: number, peers: number) => ({
    feedId,
    seederKey: new Uint8Array(32).fill(seed),
    peers,
    saidAt: new Date(Date.now() - seconds * 1_000),
  });
  await prisma.feedPeers.createMany({
    data: [said(2, 1, 3), said(3, 2, 4), said(60, 3, 100), said((2 * DAY_MS) / 1_000, 4, 1_000)],
  });
  assert.equal((await activityOf(prisma, feedId)).peers, 4);
  await forget(prisma);
  assert.equal(await prisma.feedPeers.count(), 3);
});

function growth(blocks: number) {
  return { blocksLastDay: BigInt(blocks), bytesLastDay: BigInt(blocks) * 1_000n, peers: 0 };
}

/** As whoever looks at the listing is told. */
async function activityOf(prisma: PrismaClient, feedId: string) {
  const { listingId } = await prisma.feed.findUniqueOrThrow({ where: { id: feedId } });
  const [listing] = await readListingsById(prisma, [listingId]);
  return listing!.activity;
}
