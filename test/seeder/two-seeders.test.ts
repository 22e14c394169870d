import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type Hypercore from 'hypercore';
import DHT from 'hyperdht';
import Hyperdrive from 'hyperdrive';
import pino, { type Logger } from 'pino';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { encodeEntries } from '../../protocol/entry-batch.ts';
import type { Seeder } from '../../seeder/seeder.ts';
import { createDatabase } from '../support/database.ts';
import { checkGrowth } from '../support/invariants.ts';
import { connectBuyer, openTestnet, until } from './loopback.ts';
import {
  addFeed,
  coreKey,
  grant,
  openSeederPlace,
  putFile,
  queue,
  queuePayload,
  revoke,
} from './market.ts';
import { addMirroredFeed, openSource } from './source.ts';

const REFUSED_MS = 400;
const SERVED_MS = 15_000;

/** A database, and two storage directories on one DHT in which seeders can be started. */
async function openPlaces() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createDatabase());
  const dht = stack.use(await openTestnet());
  const first = stack.use(await openSeederPlace(database, dht));
  const second = stack.use(await openSeederPlace(database, dht));
  const third = stack.use(await openSeederPlace(database, dht));
  const owned = stack.move();
  return {
    prisma: database.prisma,
    bootstrap: dht.bootstrap,
    places: [first, second, third] as const,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test('of two seeders one writes a feed and the other copies it, live and whole, for whoever has a grant', async () => {
  await using opened = await openPlaces();
  const { prisma, bootstrap, places } = opened;
  const log = faultLog();
  const writer = await places[0].start(log);
  const plain = await addFeed(prisma);
  const tree = await addFeed(prisma, 'hyperbee');
  const drive = await addFeed(prisma, 'hyperdrive');
  await queue(prisma, plain, numbered(20));
  await queuePayload(prisma, tree, encodeEntries([{ op: 'put', key: 'a', value: 1 }]), 1);
  await putFile(prisma, drive, '/hello', Buffer.from('hello'));
  const key = await coreKey(prisma, plain, 20);
  const copier = await places[1].start(log);
  await copied(copier, plain, 20);
  await copied(copier, tree, 2);
  await copied(copier, drive, 2);
  assert.equal(writer.feeds.feed(plain)?.isWriter, true);
  assert.equal(copier.feeds.feed(plain)?.isWriter, false);

  await using buyer = await connectBuyer(bootstrap, copier.key);
  const bought = await buyer.open(key);
  assert.equal(await read(bought, 0, REFUSED_MS), null, 'A25: a copy is served to nobody either');
  assert.equal(bought.length, 0);
  for (const feedId of [plain, tree, drive]) await grant(prisma, feedId, buyer.key, null);
  assert.equal(await read(bought, 19), 'block 19');
  const driveKey = copier.feeds.feed(drive)!.core.key;
  const boughtDrive = new Hyperdrive(buyer.store.namespace('bought'), driveKey);
  await boughtDrive.ready();
  await until(async () => (await boughtDrive.entry('/hello')) !== null, 'the file is there');
  assert.equal(String(await boughtDrive.get('/hello')), 'hello');

  await queue(prisma, plain, numbered(5, 20));
  assert.equal(await read(bought, 24), 'block 24', 'what is appended comes through the copy');
  await checkGrowth(prisma);
  await until(async () => {
    const rows = await prisma.usage.findMany({ where: { feedId: plain } });
    return rows.reduce((sum, { blocks }) => sum + Number(blocks), 0) === 2;
  }, 'only what the buyer was sent is counted');
  assert.equal(await prisma.usage.count({ where: { buyerKey: { not: keyOf(buyer) } } }), 0);
  assert.deepEqual(log.faults, []);
});

test('two seeders that race for new feeds share them out, each feed with one writer and one copy', async () => {
  await using opened = await openPlaces();
  const { prisma, places } = opened;
  const log = faultLog();
  const seeders = await Promise.all([places[0].start(log), places[1].start(log)]);
  const kinds = ['hypercore', 'hyperbee', 'hyperdrive'] as const;
  const feedIds: string[] = [];
  for (let i = 0; i < 9; i++) feedIds.push(await addFeed(prisma, kinds[i % 3]));
  for (const feedId of feedIds.filter((_, i) => i % 3 === 0)) {
    await queue(prisma, feedId, numbered(3));
  }
  for (const [i, feedId] of feedIds.entries()) {
    if (i % 3 === 2) await putFile(prisma, feedId, '/file', Buffer.from('content'));
    else if (i % 3 === 1) {
      await queuePayload(prisma, feedId, encodeEntries([{ op: 'put', key: 'k', value: i }]), 1);
    }
  }
  for (const [i, feedId] of feedIds.entries()) {
    for (const seeder of seeders) await copied(seeder, feedId, i % 3 === 0 ? 3 : 2);
    const roles = seeders.map(({ feeds }) => feeds.feed(feedId)!.isWriter);
    assert.deepEqual(roles.toSorted(), [false, true]);
    const [one, other] = seeders.map(({ feeds }) => feeds.feed(feedId)!.core);
    assert.deepEqual(await one!.treeHash(), await other!.treeHash());
  }
  await checkGrowth(prisma);
  assert.deepEqual(log.faults, []);
});

test('A23: a revocation cuts at both seeders at once, and no block comes behind it from either', async () => {
  await using opened = await openPlaces();
  const { prisma, bootstrap, places } = opened;
  const writer = await places[0].start();
  const feedId = await addFeed(prisma);
  const other = await addFeed(prisma);
  await queue(prisma, feedId, numbered(10));
  await queue(prisma, other, numbered(10));
  const key = await coreKey(prisma, feedId, 10);
  const otherKey = await coreKey(prisma, other, 10);
  const copier = await places[1].start();
  await copied(copier, feedId, 10);
  await copied(copier, other, 10);
  const seed = randomBytes(32);
  const buyerKey = DHT.keyPair(seed).publicKey;
  await grant(prisma, feedId, buyerKey, null);
  await grant(prisma, other, buyerKey, null);
  await using one = await connectBuyer(bootstrap, writer.key, { seed });
  await using two = await connectBuyer(bootstrap, copier.key, { seed });
  const copies = [await one.open(key), await two.open(key)];
  for (const copy of copies) assert.equal(await read(copy, 9), 'block 9');
  await revoke(prisma, feedId, buyerKey);
  for (const { said } of [one, two]) {
    await until(() => said.some((message) => 'invalid' in message), 'the end is told');
  }
  await queue(prisma, feedId, numbered(5, 10));
  await copied(copier, feedId, 15);
  for (const copy of copies) {
    assert.equal(await read(copy, 1, REFUSED_MS), null);
    assert.equal(copy.length, 10, 'I3: what was appended behind the cut is not even known');
  }
  assert.equal(await read(await two.open(otherKey), 5), 'block 5', 'another feed goes on');
});

test('who is on the list of seeders is served without a grant, and no longer than he is on it', async () => {
  await using opened = await openPlaces();
  const { prisma, bootstrap, places } = opened;
  const writer = await places[0].start();
  const feedId = await addFeed(prisma);
  await queue(prisma, feedId, numbered(3));
  const key = await coreKey(prisma, feedId, 3);
  await using stale = await connectBuyer(bootstrap, writer.key);
  await using listed = await connectBuyer(bootstrap, writer.key);
  const list = (noiseKey: Uint8Array<ArrayBuffer>, agoMs: number) =>
    prisma.$executeRaw`
      INSERT INTO seeders (noise_key, bootstrap, seen_at)
      VALUES (${noiseKey}, '[]', now() - make_interval(secs => ${agoMs / 1_000}))`;
  await list(keyOf(stale), 31_000);
  await list(keyOf(listed), 0);
  await prisma.$executeRaw`SELECT pg_notify('seeders', '')`;
  const copy = await listed.open(key);
  assert.equal(await read(copy, 2), 'block 2');
  assert.equal(await read(await stale.open(key), 2, REFUSED_MS), null, 'his last word is too old');
  await prisma.seeder.delete({ where: { noiseKey: keyOf(listed) } });
  await prisma.$executeRaw`SELECT pg_notify('seeders', '')`;
  await until(() => listed.connection.destroyed, 'he is cut');
  assert.equal(await read(copy, 1, REFUSED_MS), null);
});

test('while the writer is away its copy serves on, and what was queued is appended once when it is back', async () => {
  await using opened = await openPlaces();
  const { prisma, bootstrap, places } = opened;
  const writer = await places[0].start();
  const feedId = await addFeed(prisma);
  await queue(prisma, feedId, numbered(10));
  const key = await coreKey(prisma, feedId, 10);
  const copier = await places[1].start();
  await copied(copier, feedId, 10);
  await places[0].stop(writer);
  await queue(prisma, feedId, numbered(5, 10));
  await using buyer = await connectBuyer(bootstrap, copier.key);
  await grant(prisma, feedId, buyer.key, null);
  const bought = await buyer.open(key);
  assert.equal(await read(bought, 9), 'block 9');
  assert.equal(await prisma.appendBatch.count({ where: { appendedAt: null } }), 1);
  await places[0].start();
  await until(() => bought.length === 15, 'the buyer hears of what was queued');
  assert.equal(await read(bought, 14), 'block 14');
  assert.equal(bought.fork, 0);
  await checkGrowth(prisma);
});

test('a writer whose disk is lost comes back with its keys alone, is filled from the copy, and goes on without a fork', async () => {
  await using opened = await openPlaces();
  const { prisma, bootstrap, places } = opened;
  const [lost, kept, fresh] = places;
  const writer = await lost.start();
  const plain = await addFeed(prisma);
  const drive = await addFeed(prisma, 'hyperdrive');
  await queue(prisma, plain, numbered(50));
  await putFile(prisma, drive, '/one', Buffer.alloc(300_000, 1));
  const key = await coreKey(prisma, plain, 50);
  const copier = await kept.start();
  await copied(copier, plain, 50);
  await copied(copier, drive, 2, 5);
  await using buyer = await connectBuyer(bootstrap, copier.key);
  await grant(prisma, plain, buyer.key, null);
  const bought = await buyer.open(key);
  for (let i = 0; i < 50; i += 7) assert.equal(await read(bought, i), `block ${i}`);

  await lost.stop(writer);
  await mkdir(fresh.storageDir, { recursive: true });
  const keys = join(lost.storageDir, 'core-keys');
  assert.equal((await stat(keys)).mode & 0o777, 0o600);
  await cp(keys, join(fresh.storageDir, 'core-keys'));
  await queue(prisma, plain, numbered(5, 50));
  await putFile(prisma, drive, '/two', Buffer.from('written after the loss'));
  const log = faultLog();
  const restored = await fresh.start(log);
  assert.deepEqual(restored.key, writer.key, 'buyers reach it by the same key');
  await until(() => bought.length === 55, 'what was queued is appended', SERVED_MS);
  for (let i = 0; i < 55; i++) assert.equal(await read(bought, i), `block ${i}`);
  assert.equal(bought.fork, 0);
  await copied(copier, drive, 3, 6);
  const restoredDrive = restored.feeds.feed(drive)!;
  assert.ok(restoredDrive.kind === 'hyperdrive' && restoredDrive.isWriter);
  assert.deepEqual(await restoredDrive.drive.get('/one'), Buffer.alloc(300_000, 1));
  assert.equal(String(await restoredDrive.drive.get('/two')), 'written after the loss');
  for (const feedId of [plain, drive]) {
    const [mine, copy] = [restored, copier].map(({ feeds }) => feeds.feed(feedId)!);
    for (const [i, core] of mine!.cores.entries()) {
      assert.deepEqual(await core.treeHash(), await copy!.cores[i]!.treeHash());
      assert.equal(core.contiguousLength, core.length);
    }
  }
  await checkGrowth(prisma);
  assert.ok(
    log.faults.every((message) => message.startsWith('blocks are missing')),
    `${log.faults}`,
  );
});

test('a writer that has lost blocks which no other seeder has appends nothing', async () => {
  await using opened = await openPlaces();
  const { prisma, places } = opened;
  const [lost, , fresh] = places;
  const writer = await lost.start();
  const feedId = await addFeed(prisma);
  await queue(prisma, feedId, numbered(5));
  await coreKey(prisma, feedId, 5);
  await lost.stop(writer);
  await cp(join(lost.storageDir, 'core-keys'), join(fresh.storageDir, 'core-keys'));
  await queue(prisma, feedId, numbered(1, 5));
  const log = faultLog();
  const restored = await fresh.start(log);
  await until(() => log.faults.length > 0, 'it says so');
  await sleep(REFUSED_MS);
  assert.equal(restored.feeds.feed(feedId)!.core.length, 0);
  assert.equal(await prisma.appendBatch.count({ where: { appendedAt: null } }), 1);
});

test('a feed on the seller’s machine reaches a second seeder through the first while that machine is away', async () => {
  await using opened = await openPlaces();
  const { prisma, bootstrap, places } = opened;
  const source = await openSource(bootstrap);
  const core = source.store.get({ name: 'a feed' });
  await core.ready();
  await core.append(numbered(8));
  const feedId = await addMirroredFeed(prisma, source.key, { data: core });
  const key = core.key;
  await copied(await places[0].start(), feedId, 8);
  await source[Symbol.asyncDispose]();
  const second = await places[1].start();
  await copied(second, feedId, 8);
  await using buyer = await connectBuyer(bootstrap, second.key);
  await grant(prisma, feedId, buyer.key, null);
  assert.equal(await read(await buyer.open(key), 7), 'block 7');
  await coreKey(prisma, feedId, 8);
  await checkGrowth(prisma);
});

test('whose payment is held is let in by both seeders, and one of them has said so', async () => {
  await using opened = await openPlaces();
  const { prisma, places } = opened;
  const seeders = await Promise.all([places[0].start(), places[1].start()]);
  const feedId = await addFeed(prisma);
  await queue(prisma, feedId, numbered(2));
  for (const seeder of seeders) await copied(seeder, feedId, 2);
  const buyerKey = randomBytes(32);
  const paymentHash = await hold(prisma, feedId, buyerKey);
  for (const { gate } of seeders) {
    await until(() => gate.grants(buyerKey, feedId), 'the buyer is let in');
  }
  const invoice = () => prisma.invoice.findUniqueOrThrow({ where: { paymentHash } });
  await until(async () => (await invoice()).servedBy !== null, 'somebody has said so');
  const speaks = seeders[0].key.equals((await invoice()).servedBy!) ? 0 : 1;
  const left = seeders[1 - speaks]!;
  await places[speaks].stop(seeders[speaks]!);
  const isLeftToSpeak = async () => left.key.equals((await invoice()).servedBy!);
  await until(isLeftToSpeak, 'who is left says so when the first is gone');
  await prisma.invoice.update({ where: { paymentHash }, data: { state: 'cancelled' } });
  await until(() => !left.gate.grants(buyerKey, feedId), 'given back, it lets nobody in');
});

test('A30: a seeder says how far it has read the grants, when, and how far its clock is off', async () => {
  await using opened = await openPlaces();
  const { prisma, places } = opened;
  const feedId = await addFeed(prisma);
  const buyerKey = randomBytes(32);
  await grant(prisma, feedId, buyerKey, null);
  const seeder = await places[0].start();
  const row = () => prisma.seeder.findFirst();
  await until(async () => (await row())?.grantsReadTo === 1n, 'it has read the grant');
  await revoke(prisma, feedId, buyerKey);
  await until(async () => (await row())?.grantsReadTo === 2n, 'and the revocation', 20_000);
  const { grantsReadAt, seenAt, clockSkewMs, noiseKey } = (await row())!;
  assert.deepEqual(Buffer.from(noiseKey), seeder.key);
  const agoMs = seenAt.getTime() - grantsReadAt!.getTime();
  assert.ok(Math.abs(agoMs) < 10_000, 'by the clock of the database');
  assert.ok(Math.abs(clockSkewMs!) < 5_000, `one machine, one clock: ${clockSkewMs} ms`);
});

test('keys that are restored while their seeder is up wait for its end', async () => {
  await using opened = await openPlaces();
  const { places } = opened;
  const [first, second] = places;
  const seeder = await first.start();
  await until(async () => (await opened.prisma.seeder.count()) === 1, 'it is listed');
  const keys = join(first.storageDir, 'core-keys');
  assert.match(await readFile(keys, 'utf8'), /^dazaar-core-keys-1 [0-9a-f]{64}\n$/);
  await cp(keys, join(second.storageDir, 'core-keys'));
  let twin: Seeder | null = null;
  const log = faultLog();
  const starting = second.start(log).then((started) => {
    twin = started;
  });
  await until(() => log.faults.length > 0, 'it says that it waits');
  await sleep(1_500);
  assert.equal(twin, null);
  await first.stop(seeder);
  await starting;
  assert.deepEqual(twin!.key, seeder.key);
});

/** Writes the rows of a paid hold invoice, as the watcher of the node does. */
async function hold(
  prisma: PrismaClient,
  feedId: string,
  buyer: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const { listingId } = await prisma.feed.findUniqueOrThrow({ where: { id: feedId } });
  const plan = await prisma.plan.create({
    data: { listingId, name: 'forever', kind: 'forever', priceMsat: 1_000n },
  });
  const expiresAt = new Date(Date.now() + 60_000);
  const preimage = Uint8Array.from(randomBytes(32));
  const paymentHash = Uint8Array.from(createHash('sha256').update(preimage).digest());
  await prisma.order.create({
    data: {
      listingId,
      planId: plan.id,
      buyerKey: Uint8Array.from(buyer),
      quantity: 1,
      priceMsat: 1_000n,
      expiresAt,
      invoices: {
        create: {
          paymentHash,
          nodeKey: '02'.padEnd(66, '0'),
          preimage,
          amountMsat: 1_000n,
          bolt11: 'lnbc',
          state: 'held',
          hold: true,
          heldAt: new Date(),
          holdEndsAt: expiresAt,
          expiresAt,
        },
      },
    },
  });
  return paymentHash;
}

interface FaultLog extends Logger {
  readonly faults: string[];
}

/** A logger that keeps what is worse than information. */
function faultLog(): FaultLog {
  const faults: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => void faults.push(JSON.parse(line).msg) });
  return Object.assign(log, { faults });
}

function numbered(count: number, from = 0): Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(`block ${from + i}`));
}

async function read(core: Hypercore, index: number, withinMs = SERVED_MS): Promise<string | null> {
  const block = await core.get(index, { timeout: withinMs }).catch(() => null);
  return block?.toString() ?? null;
}

/** Until a seeder holds so many blocks of each of a feed's cores. */
async function copied(seeder: Seeder, feedId: string, ...lengths: number[]): Promise<void> {
  const isHere = () => {
    const cores = seeder.feeds.feed(feedId)?.cores;
    return (
      cores !== undefined && lengths.every((length, i) => cores[i]!.contiguousLength >= length)
    );
  };
  await until(isHere, `${lengths} blocks of the feed are here`, SERVED_MS);
}

function keyOf({ key }: { key: Uint8Array }): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(key);
}
