import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Hyperbee from 'hyperbee';
import Hypercore from 'hypercore';
import Hyperdrive from 'hyperdrive';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { createDatabase } from '../support/database.ts';
import { connectBuyer, temporaryDirectory, until } from './loopback.ts';
import { addFeed, coreKey, grant, openSeederPlace, queue, revoke } from './market.ts';
import { addMirroredFeed, openSource } from './source.ts';

const REFUSED_MS = 400;

test('a feed on the seller’s machine is copied, live, and served to whoever was granted it', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const core = await write(source.store.get({ name: 'a feed' }), 5);
  const feedId = await addMirroredFeed(prisma, source.key, { data: core });
  const seeder = await place.start();
  await copied(prisma, feedId, 5);
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  const bought = await buyer.open(core.key);
  assert.equal(await read(bought, 4), 'block 4');
  await write(core, 1);
  await copied(prisma, feedId, 6);
  await until(() => bought.length === 6, 'the buyer hears of the new block');
  assert.equal(await read(bought, 5), 'block 5');
  const row = await prisma.feed.findUniqueOrThrow({
    where: { id: feedId },
    include: { cores: true },
  });
  assert.equal(row.cores[0]!.sourceLength, 6n);
  assert.equal(row.cores[0]!.byteLength, BigInt(core.byteLength));
  assert.ok(row.cores[0]!.lastBlockAt);
  assert.ok(row.sourceSeenAt);
});

test('buyers are served while the seller’s machine is away, and what it wrote meanwhile when it is back', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const core = await write(source.store.get({ name: 'a feed' }), 5);
  const feedId = await addMirroredFeed(prisma, source.key, { data: core });
  const first = await place.start();
  await copied(prisma, feedId, 5);
  await source.offline();
  await place.stop(first);
  const seeder = await place.start();
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  const bought = await buyer.open(core.key);
  assert.equal(await read(bought, 3), 'block 3');
  await write(core, 5);
  await source.online();
  await until(() => bought.length === 10, 'the seeder has caught up', 30_000);
  assert.equal(await read(bought, 9), 'block 9');
});

test('A25 A26: strangers get nothing of a mirrored feed, nor its seller anything of others', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const core = await write(source.store.get({ name: 'a feed' }), 5);
  const feedId = await addMirroredFeed(prisma, source.key, { data: core });
  const hostedId = await addFeed(prisma);
  await queue(prisma, hostedId, [Buffer.from('of somebody else')]);
  await using other = await openSource(place.bootstrap);
  const foreign = await write(other.store.get({ name: 'theirs' }), 3);
  const foreignId = await addMirroredFeed(prisma, other.key, { data: foreign });
  const seeder = await place.start();
  await copied(prisma, feedId, 5);
  await copied(prisma, foreignId, 3);
  await using stranger = await connectBuyer(place.bootstrap, seeder.key);
  const wanted = await stranger.open(core.key);
  assert.equal(await read(wanted, 0, REFUSED_MS), null);
  assert.equal(wanted.length, 0);
  for (const key of [await coreKey(prisma, hostedId, 1), foreign.key]) {
    const taken = source.store.get({ key });
    await taken.ready();
    assert.equal(await read(taken, 0, REFUSED_MS), null);
    assert.equal(taken.length, 0);
  }
});

test('feeds of one seller share one connection, a Hyperbee and a Hyperdrive too', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const core = await write(source.store.get({ name: 'a feed' }), 2);
  const bee = new Hyperbee(source.store.get({ name: 'a bee' }), JSON_VALUES);
  await bee.put('berlin', { celsius: 21 });
  const drive = new Hyperdrive(source.store.namespace('a drive'));
  await drive.put('/readme.txt', Buffer.from('hello'));
  const { core: blobs } = await drive.getBlobs();
  const coreId = await addMirroredFeed(prisma, source.key, { data: core });
  const beeId = await addMirroredFeed(prisma, source.key, { data: bee.core }, 'hyperbee');
  const driveCores = { files: drive.core, blobs };
  const driveId = await addMirroredFeed(prisma, source.key, driveCores, 'hyperdrive');
  const seeder = await place.start();
  for (const id of [coreId, beeId, driveId]) await copied(prisma, id, 1);
  assert.equal(source.connections.size, 1);
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  for (const id of [coreId, beeId, driveId]) await grant(prisma, id, buyer.key, null);
  assert.equal(await read(await buyer.open(core.key), 1), 'block 1');
  const boughtBee = new Hyperbee(await buyer.open(bee.core.key), JSON_VALUES);
  // Each grant reaches the seeder by itself: that of the first feed does not mean the second is open.
  await until(async () => (await boughtBee.get('berlin')) !== null, 'the entry is there');
  assert.deepEqual((await boughtBee.get('berlin'))?.value, { celsius: 21 });
  const boughtDrive = new Hyperdrive(buyer.store.namespace('bought'), drive.key);
  await boughtDrive.ready();
  await until(async () => (await boughtDrive.entry('/readme.txt')) !== null, 'the file is there');
  assert.equal((await boughtDrive.get('/readme.txt'))?.toString(), 'hello');
});

test('a core whose key is its signer’s, as Hypercore 10 made them, is mirrored too', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using directory = await temporaryDirectory();
  const core = await write(new Hypercore(directory.path, { compat: true }), 3);
  assert.deepEqual(core.key, core.keyPair!.publicKey);
  await using source = await openSource(place.bootstrap, undefined, (mux) => core.replicate(mux));
  const feedId = await addMirroredFeed(prisma, source.key, { data: core });
  const seeder = await place.start();
  await copied(prisma, feedId, 3);
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  assert.equal(await read(await buyer.open(core.key), 2), 'block 2');
  await core.close();
});

test('a seller whose grant for his own feed ends is mirrored on', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const core = await write(source.store.get({ name: 'a feed' }), 2);
  const feedId = await addMirroredFeed(prisma, source.key, { data: core });
  const seeder = await place.start();
  await copied(prisma, feedId, 2);
  await grant(prisma, feedId, source.key, null);
  await until(() => seeder.gate.admits(source.key), 'he has bought his own feed');
  await revoke(prisma, feedId, source.key);
  await until(() => !seeder.gate.admits(source.key), 'it has ended');
  await write(core, 2);
  await copied(prisma, feedId, 4);
});

test('a Hyperdrive whose files name other blobs than were proved is not served', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const drive = new Hyperdrive(source.store.namespace('a drive'));
  await drive.put('/readme.txt', Buffer.from('hello'));
  const blobs = await write(source.store.get({ name: 'something else' }), 1);
  const cores = { files: drive.core, blobs };
  const feedId = await addMirroredFeed(prisma, source.key, cores, 'hyperdrive');
  const seeder = await place.start();
  await faulty(prisma, feedId, 'foreign_blobs');
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  assert.equal(await read(await buyer.open(drive.key), 0, REFUSED_MS), null);
});

test('a history that the seller rewrites is not taken over: buyers keep what was sold', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const core = await write(source.store.get({ name: 'a feed' }), 5);
  const feedId = await addMirroredFeed(prisma, source.key, { data: core });
  const seeder = await place.start();
  await copied(prisma, feedId, 5);
  await core.truncate(2);
  await core.append(Buffer.from('another history'));
  await faulty(prisma, feedId, 'forked');
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  const bought = await buyer.open(core.key);
  assert.equal(await read(bought, 4), 'block 4');
  assert.equal(bought.fork, 0);
});

test('a feed of which the seller has signed two histories is served to nobody any more', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const seed = randomBytes(32);
  const source = await openSource(place.bootstrap, seed);
  const core = await write(source.store.get({ name: 'a feed' }), 5);
  const keyPair = core.keyPair!;
  const feedId = await addMirroredFeed(prisma, source.key, { data: core });
  const first = await place.start();
  await copied(prisma, feedId, 5);
  await source[Symbol.asyncDispose]();
  await using twin = await openSource(place.bootstrap, seed);
  const other = twin.store.get({ keyPair });
  await other.ready();
  assert.deepEqual(other.key, core.key);
  await other.append(Array.from({ length: 8 }, (_, i) => Buffer.from(`another ${i}`)));
  await faulty(prisma, feedId, 'conflict');
  const refuses = async (seederKey: Uint8Array) => {
    await using buyer = await connectBuyer(place.bootstrap, seederKey);
    await grant(prisma, feedId, buyer.key, null);
    const bought = await buyer.open(core.key);
    assert.equal(await read(bought, 0, REFUSED_MS), null);
  };
  await refuses(first.key);
  await place.stop(first);
  const second = await place.start();
  await refuses(second.key);
});

test('a buyer who claims blocks and never sends them does not hold the feed up', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const core = await write(source.store.get({ name: 'a feed' }), 5);
  const feedId = await addMirroredFeed(prisma, source.key, { data: core });
  const seeder = await place.start();
  await copied(prisma, feedId, 5);
  await using liar = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, liar.key, null);
  const bought = await liar.open(core.key);
  assert.equal(await read(bought, 4), 'block 4');
  await source.offline();
  const asked = await claimBlocks(bought);
  await sleep(500);
  await source.online();
  await write(core, 5);
  await copied(prisma, feedId, 10, 30_000);
  assert.deepEqual(asked, []);
});

const JSON_VALUES = { keyEncoding: 'utf-8', valueEncoding: 'json' } as const;

async function write(core: Hypercore, blocks: number): Promise<Hypercore> {
  await core.ready();
  const { length } = core;
  await core.append(Array.from({ length: blocks }, (_, i) => Buffer.from(`block ${length + i}`)));
  return core;
}

async function read(core: Hypercore, index: number, withinMs = 10_000): Promise<string | null> {
  const block = await core.get(index, { timeout: withinMs }).catch(() => null);
  return block?.toString() ?? null;
}

async function copied(
  prisma: PrismaClient,
  feedId: string,
  length: number,
  withinMs?: number,
): Promise<void> {
  const isCopied = async () => {
    const cores = await prisma.feedCore.findMany({ where: { feedId } });
    return cores.every((core) => core.length >= length);
  };
  await until(isCopied, `${length} blocks of the feed are copied`, withinMs);
}

async function faulty(prisma: PrismaClient, feedId: string, fault: string): Promise<void> {
  const isFaulty = async () => {
    const { sourceFault } = await prisma.feed.findUniqueOrThrow({ where: { id: feedId } });
    return sourceFault === fault;
  };
  await until(isFaulty, `the feed is known to be ${fault}`);
}

/** Says on the wire that ten blocks are there; returns what is then asked for, which is never answered. */
async function claimBlocks(core: Hypercore): Promise<unknown[]> {
  const asked: unknown[] = [];
  const peer = core.peers[0] as unknown as LyingPeer;
  peer.onrequest = async (message) => void asked.push(message);
  const claim = { fork: 0, length: 10, remoteLength: 5, canUpgrade: true, uploading: true };
  peer.wireSync.send({ ...claim, downloading: true, hasManifest: true, allowPush: false });
  peer.wireRange.send({ drop: false, start: 0, length: 10 });
  return asked;
}

interface LyingPeer {
  onrequest(message: unknown): Promise<void>;
  wireSync: { send(message: object): void };
  wireRange: { send(message: object): void };
}
