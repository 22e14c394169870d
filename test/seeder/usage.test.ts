import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type Hypercore from 'hypercore';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { Usage } from '../../seeder/usage.ts';
import { createDatabase } from '../support/database.ts';
import { connectBuyer, until } from './loopback.ts';
import { addFeed, coreKey, grant, openSeederPlace, queue, takeAway } from './market.ts';
import { addMirroredFeed, openSource } from './source.ts';

const BLOCK = Buffer.alloc(1_000, 'x');

test('what each buyer was sent is written down by feed and transport, at the latest when the seeder stops', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const seeder = await place.start();
  const [feedId, otherId] = [await addFeed(prisma), await addFeed(prisma)];
  for (const id of [feedId, otherId]) await queue(prisma, id, Array(20).fill(BLOCK));
  const [key, otherKey] = [await coreKey(prisma, feedId, 20), await coreKey(prisma, otherId, 20)];
  await using one = await connectBuyer(place.bootstrap, seeder.key);
  await using two = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, one.key, null);
  await grant(prisma, otherId, one.key, null);
  await grant(prisma, feedId, two.key, null);
  await readAll(await one.open(key), 20);
  await readAll(await one.open(otherKey), 7);
  await readAll(await two.open(key), 5);
  await place.stop(seeder);
  assert.deepEqual(
    await served(prisma, feedId),
    [
      { buyerKey: hex(one.key), transport: 'swarm', blocks: 20, bytes: 20_000 },
      { buyerKey: hex(two.key), transport: 'swarm', blocks: 5, bytes: 5_000 },
    ].sort(byKey),
  );
  assert.deepEqual(await served(prisma, otherId), [
    { buyerKey: hex(one.key), transport: 'swarm', blocks: 7, bytes: 7_000 },
  ]);
});

test('copying a mirrored feed from its seller is not counted as served, what buyers get of it is', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const core = source.store.get({ name: 'a feed' });
  await core.append(Array(10).fill(BLOCK));
  const feedId = await addMirroredFeed(prisma, source.key, { data: core });
  const seeder = await place.start();
  await coreKey(prisma, feedId, 10);
  await core.clear(0, 10);
  await readAll(core, 10);
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  await readAll(await buyer.open(core.key), 3);
  await place.stop(seeder);
  assert.deepEqual(await served(prisma, feedId), [
    { buyerKey: hex(buyer.key), transport: 'swarm', blocks: 3, bytes: 3_000 },
  ]);
});

test('counts of one hour add up, and are kept while the database is away', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  const usage = new Usage(prisma);
  const feedId = await addFeed(prisma);
  const buyerKey = randomBytes(32);
  const to = { feedId, buyerKey };
  usage.count({ ...to, transport: 'http', blocks: 1, bytes: 100 });
  usage.count({ ...to, transport: 'swarm', blocks: 5, bytes: 500 });
  await usage.step();
  usage.count({ ...to, transport: 'http', blocks: 2, bytes: 200 });
  const outage = await takeAway(database);
  await assert.rejects(usage.step());
  usage.count({ ...to, transport: 'http', blocks: 4, bytes: 400 });
  await outage.back();
  await until(
    () =>
      usage.step().then(
        () => true,
        () => false,
      ),
    'the database is back',
  );
  await usage.step();
  assert.deepEqual(await served(prisma, feedId), [
    { buyerKey: hex(buyerKey), transport: 'swarm', blocks: 5, bytes: 500 },
    { buyerKey: hex(buyerKey), transport: 'http', blocks: 7, bytes: 700 },
  ]);
});

async function readAll(core: Hypercore, blocks: number): Promise<void> {
  for (let i = 0; i < blocks; i++) assert.ok(await core.get(i, { timeout: 10_000 }));
}

/** The sums over all hours: a test may run across the end of one. */
async function served(prisma: PrismaClient, feedId: string) {
  const rows = await prisma.usage.groupBy({
    by: ['buyerKey', 'transport'],
    where: { feedId },
    _sum: { blocks: true, bytes: true },
    orderBy: [{ buyerKey: 'asc' }, { transport: 'asc' }],
  });
  return rows.map(({ buyerKey, transport, _sum }) => ({
    buyerKey: hex(buyerKey),
    transport,
    blocks: Number(_sum.blocks),
    bytes: Number(_sum.bytes),
  }));
}

function byKey(a: { buyerKey: string }, b: { buyerKey: string }): number {
  return a.buyerKey < b.buyerKey ? -1 : 1;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
