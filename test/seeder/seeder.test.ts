import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type Hypercore from 'hypercore';
import DHT from 'hyperdht';
import { createDatabase } from '../support/database.ts';
import { connectBuyer, until } from './loopback.ts';
import { addFeed, coreKey, grant, openSeederPlace, queue, revoke, takeAway } from './market.ts';

const REFUSED_MS = 400;

function numbered(count: number, from = 0): Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(`block ${from + i}`));
}

async function read(core: Hypercore, index: number, timeoutMs = 15_000): Promise<string | null> {
  const block = await core.get(index, { timeout: timeoutMs }).catch(() => null);
  return block === null ? null : block.toString();
}

test('a feed is hosted, filled, granted and read, and its end comes over the log', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const seeder = await place.start();
  const feedId = await addFeed(prisma);
  await queue(prisma, feedId, numbered(30));
  const key = await coreKey(prisma, feedId, 30);
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  const copy = await buyer.open(key);
  assert.equal(await read(copy, 0, REFUSED_MS), null);
  await grant(prisma, feedId, buyer.key, new Date(Date.now() + 60_000));
  assert.equal(await read(copy, 29), 'block 29');
  await revoke(prisma, feedId, buyer.key);
  await until(() => buyer.said.some((message) => 'invalid' in message), 'the end is told');
  assert.equal(await read(copy, 1, REFUSED_MS), null);
});

test('a seeder is listed while it is up, with how to reach it', async () => {
  await using database = await createDatabase();
  await using place = await openSeederPlace(database);
  const seeder = await place.start();
  await until(async () => (await database.prisma.seeder.count()) === 1, 'it is listed');
  const [row] = await database.prisma.seeder.findMany();
  assert.deepEqual(Buffer.from(row!.noiseKey), seeder.key);
  assert.deepEqual(row!.bootstrap, place.bootstrap);
  await place.stop(seeder);
  assert.equal(await database.prisma.seeder.count(), 0);
});

test('A24: a grant ends on time with the database gone, and the seeder serves on until then', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const seeder = await place.start();
  const feedId = await addFeed(prisma);
  await queue(prisma, feedId, numbered(30));
  const key = await coreKey(prisma, feedId, 30);
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  const copy = await buyer.open(key);
  const expiresAt = new Date(Date.now() + 3_000);
  await grant(prisma, feedId, buyer.key, expiresAt);
  assert.equal(await read(copy, 0), 'block 0');
  await takeAway(database);
  assert.equal(await read(copy, 1), 'block 1');
  await until(() => buyer.said.some((message) => 'invalid' in message), 'the end is told');
  const lateMs = Date.now() - expiresAt.getTime();
  assert.ok(lateMs >= -100 && lateMs < 1_000, `${lateMs} ms late`);
  assert.equal(await read(copy, 2, REFUSED_MS), null);
  assert.equal(seeder.gate.size, 0);
});

test('A24: a seeder that starts without a database serves nobody until it is back', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const seed = randomBytes(32);
  const buyerKey = DHT.keyPair(seed).publicKey;
  const feedId = await addFeed(prisma);
  await queue(prisma, feedId, numbered(5));
  await grant(prisma, feedId, buyerKey, null);
  const before = await place.start();
  const key = await coreKey(prisma, feedId, 5);
  await place.stop(before);
  const outage = await takeAway(database);
  const seeder = await place.start();
  await using buyer = await connectBuyer(place.bootstrap, seeder.key, { seed });
  const copy = await buyer.open(key);
  assert.equal(await read(copy, 0, REFUSED_MS), null);
  assert.equal(seeder.gate.size, 0);
  assert.deepEqual(seeder.key, before.key);
  await outage.back();
  assert.equal(await read(copy, 0), 'block 0');
});

test('what the log said while the database was away is made up for', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const seeder = await place.start();
  const feedId = await addFeed(prisma);
  await queue(prisma, feedId, numbered(5));
  const key = await coreKey(prisma, feedId, 5);
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  const copy = await buyer.open(key);
  const outage = await takeAway(database);
  await sleep(300);
  await outage.back();
  await until(() => grant(prisma, feedId, buyer.key, null).then(yes, no), 'the grant is written');
  assert.equal(await read(copy, 4), 'block 4');
});

test('a second seeder on the same storage directory is refused, and the first goes on', async () => {
  await using database = await createDatabase();
  await using place = await openSeederPlace(database);
  await place.start();
  await assert.rejects(place.start());
  const feedId = await addFeed(database.prisma);
  await queue(database.prisma, feedId, numbered(2));
  await coreKey(database.prisma, feedId, 2);
});

const yes = () => true;
const no = () => false;
