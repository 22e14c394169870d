import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import Corestore from 'corestore';
import Hyperbee from 'hyperbee';
import Hyperdrive from 'hyperdrive';
import { epochAt, MIN_EPOCH_MS } from '../../domain/epoch.ts';
import { keepSeeds, seedsOfFeed } from '../../flow/feed-seeds.ts';
import { handOverSeeds } from '../../flow/hand-over-seeds.ts';
import { encodeEntries } from '../../protocol/entry-batch.ts';
import {
  type EpochSeeds,
  epochKey,
  narrowSeeds,
  readSeeds,
  rootSeeds,
  writeSeeds,
} from '../../protocol/epoch-tree.ts';
import { Keyring } from '../../protocol/keyring.ts';
import { epochOfBlock, SealedBlocks } from '../../protocol/sealed-blocks.ts';
import { sealedStore } from '../../protocol/sealed-store.ts';
import { FeedSeal, HORIZON_MS } from '../../seeder/feed-seal.ts';
import { createDatabase } from '../support/database.ts';
import { connectBuyer, openGate, type TestBuyer, temporaryDirectory, until } from './loopback.ts';
import {
  addSealedFeed,
  coreKey,
  grant,
  keys,
  openSeederPlace,
  putFile,
  queue,
  queuePayload,
  revoke,
} from './market.ts';
import { addMirroredFeed, openSource } from './source.ts';

const HOUR_MS = 3_600_000;

/** All that a buyer was given of a feed. */
function keyringOf({ said }: TestBuyer, feedId: string): Keyring {
  const seeds = said.flatMap((each) =>
    'valid' in each && each.valid.feedId === feedId ? (each.valid.seal?.seeds ?? []) : [],
  );
  return new Keyring(seeds.map(readSeeds));
}

function sealFor(buyer: TestBuyer, feedId: string): SealedBlocks {
  return new SealedBlocks({ keyOf: (epoch) => keyringOf(buyer, feedId).keyOf(epoch) });
}

/** The last epoch that a buyer can open. */
function lastOf(buyer: TestBuyer, feedId: string): number {
  return Math.max(-1, ...keyringOf(buyer, feedId).held.map(({ last }) => last));
}

test('a hosted feed of any kind is sealed, its buyers read it, and nobody else who has the blocks', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const seeder = await place.start();
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);

  const logId = await addSealedFeed(prisma);
  await queue(prisma, logId, [Buffer.from('first'), Buffer.from('second')]);
  const logKey = await coreKey(prisma, logId, 2);
  await grant(prisma, logId, buyer.key, new Date(Date.now() + HOUR_MS));
  const log = buyer.store.get({ key: logKey, encryption: sealFor(buyer, logId) });
  assert.equal(String(await log.get(1, { timeout: 15_000 })), 'second');
  const raw = await log.get(1, { raw: true });
  assert.ok(!raw!.includes('second') && epochOfBlock(raw!) !== null);
  const stranger = rootSeeds(randomBytes(32), Buffer.from(logId));
  const keyring = new Keyring([stranger]);
  const wrong = new SealedBlocks({ keyOf: (epoch) => keyring.keyOf(epoch) });
  await assert.rejects(buyer.store.get({ key: logKey, encryption: wrong }).get(1), {
    code: 'broken',
  });

  const beeId = await addSealedFeed(prisma, 'hyperbee');
  await queuePayload(prisma, beeId, encodeEntries([{ op: 'put', key: 'a', value: 7 }]), 1);
  const beeKey = await coreKey(prisma, beeId, 2);
  await grant(prisma, beeId, buyer.key, null);
  const sealed = buyer.store.get({ key: beeKey, encryption: sealFor(buyer, beeId) });
  const bee = new Hyperbee(sealed, { keyEncoding: 'utf-8', valueEncoding: 'json' });
  await until(() => sealed.length === 2, 'the buyer knows the tree');
  assert.equal((await bee.get('a'))?.value, 7);

  const driveId = await addSealedFeed(prisma, 'hyperdrive');
  const content = randomBytes(150_000);
  await putFile(prisma, driveId, '/a.bin', content);
  await grant(prisma, driveId, buyer.key, null);
  let filesKey: Uint8Array | undefined;
  await until(async () => {
    const where = { feedId: driveId, role: 'files', length: { gte: 2 } };
    filesKey = (await prisma.feedCore.findFirst({ where }))?.key;
    return filesKey !== undefined;
  }, 'the file is written');
  const drive = new Hyperdrive(sealedStore(buyer.store, sealFor(buyer, driveId)), filesKey!);
  await drive.ready();
  await until(() => drive.core.length >= 2, 'the buyer knows the files');
  assert.deepEqual(await drive.get('/a.bin', { timeout: 15_000 }), content);
});

test('a seeder that starts again seals on and gives the same keys, and a revoked buyer is given no more', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const first = await place.start();
  const feedId = await addSealedFeed(prisma);
  await queue(prisma, feedId, [Buffer.from('before')]);
  const key = await coreKey(prisma, feedId, 1);
  await place.stop(first);

  const second = await place.start();
  await queue(prisma, feedId, [Buffer.from('after')]);
  await coreKey(prisma, feedId, 2);
  await using buyer = await connectBuyer(place.bootstrap, second.key);
  await grant(prisma, feedId, buyer.key, null);
  const copy = buyer.store.get({ key, encryption: sealFor(buyer, feedId) });
  assert.equal(String(await copy.get(0, { timeout: 15_000 })), 'before');
  assert.equal(String(await copy.get(1, { timeout: 15_000 })), 'after');

  await revoke(prisma, feedId, buyer.key);
  await until(() => buyer.said.some((each) => 'invalid' in each), 'the end is told');
  const last = lastOf(buyer, feedId);
  assert.ok(last <= epochAt(Date.now() + HORIZON_MS, MIN_EPOCH_MS), 'no further than the horizon');
  const [stored] = await prisma.feedSeeds.findMany({ where: { feedId } });
  const [root] = await seedsOfFeed(prisma, { keys }, feedId);
  const box = Buffer.from(stored!.box).toString('latin1');
  for (const encoding of ['latin1', 'base64', 'hex'] as const)
    assert.ok(!box.includes(Buffer.from(root!.bytes).toString(encoding)), 'it is stored as it is');
});

test('keys come with `valid` for the epochs that were paid for, a little ahead and no further', async () => {
  await using gate = await openGate();
  await using directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  const feedId = randomUUID();
  const held: EpochSeeds[] = [rootSeeds(randomBytes(32), Buffer.from(feedId))];
  const nowMs = () => gate.clock.nowMs();
  const seal = new FeedSeal(MIN_EPOCH_MS, held, nowMs);
  const core = store.get({ name: feedId, encryption: seal.encryption });
  await core.append(Buffer.from('a block'));
  gate.gate.setCores(feedId, [{ role: 'data', core }], seal);
  await using buyer = await gate.buyer();
  const expiresAtMs = nowMs() + 10 * MIN_EPOCH_MS;
  gate.gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs, fromBlock: 0, maxConnections: null });
  await until(() => lastOf(buyer, feedId) > 0, 'keys come');
  const said = buyer.said.length;
  assert.ok(lastOf(buyer, feedId) <= epochAt(nowMs() + HORIZON_MS, MIN_EPOCH_MS));
  assert.notEqual(keyringOf(buyer, feedId).keyOf(0), null, 'the past is included');

  gate.clock.aheadMs += 2 * MIN_EPOCH_MS;
  gate.gate.renewSeals();
  await until(() => buyer.said.length > said, 'the next ones come');
  const renewed = lastOf(buyer, feedId);
  assert.ok(renewed >= epochAt(nowMs() + HORIZON_MS, MIN_EPOCH_MS) - 1);
  assert.equal(keyringOf(buyer, feedId).held.length, 1);

  gate.clock.aheadMs = expiresAtMs - 1_000 - Date.now();
  gate.gate.renewSeals();
  const lastPaid = epochAt(expiresAtMs - 1, MIN_EPOCH_MS);
  await until(() => lastOf(buyer, feedId) === lastPaid, 'all that was paid for came');
  gate.clock.aheadMs += HOUR_MS;
  gate.gate.tick();
  gate.gate.renewSeals();
  await until(() => buyer.said.some((each) => 'invalid' in each), 'the end is told');
  assert.equal(lastOf(buyer, feedId), lastPaid, 'and nothing beyond it');
  await store.close();
});

test('access from a block on opens the epochs from that block’s on', async () => {
  await using directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  let now = 100 * MIN_EPOCH_MS;
  const root = rootSeeds(randomBytes(32), Buffer.from('a feed'));
  const seal = new FeedSeal(MIN_EPOCH_MS, [root], () => now);
  const core = store.get({ name: 'a feed', encryption: seal.encryption });
  for (let block = 0; block < 5; block++, now += MIN_EPOCH_MS) await core.append(Buffer.alloc(9));
  const opens = (fromBlock: number, expiresAtMs: number | null = null) =>
    seal.opens({ fromBlock, expiresAtMs }, core, now);
  const last = epochAt(now + HORIZON_MS - 1, MIN_EPOCH_MS);
  assert.deepEqual(opens(0), { first: 0, last });
  await until(() => opens(3) !== null, 'the header of block 3 is read');
  assert.deepEqual(opens(3), { first: 103, last });
  assert.deepEqual(opens(5), { first: 105, last });
  now += MIN_EPOCH_MS;
  await core.append(Buffer.alloc(9));
  assert.equal(opens(5)!.first, 105, 'what was said once stays');
  assert.deepEqual(opens(3, now), { first: 103, last: 105 });
  await store.close();
});

test('a seller’s own machine seals, and the market gives buyers what he handed over, and can open no more', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const root = rootSeeds(randomBytes(32), Buffer.from('readings'));
  const clock = { epoch: epochAt(Date.now(), MIN_EPOCH_MS) - 3 };
  const now = clock.epoch + 3;
  const keyOf = (epoch: number) => epochKey(root, epoch);
  const seal = new SealedBlocks({ keyOf, epochNow: () => clock.epoch });
  const core = source.store.get({ name: 'readings', encryption: seal });
  for (; clock.epoch <= now; clock.epoch++) await core.append(Buffer.from(`of ${clock.epoch}`));
  const drive = new Hyperdrive(sealedStore(source.store.namespace('files'), seal));
  await drive.put('/a', Buffer.from('a file'));
  const blobs = await drive.getBlobs();

  const sealed = { mode: 'sealed', epochMs: MIN_EPOCH_MS } as const;
  const feedId = await addMirroredFeed(prisma, source.key, { data: core }, 'hypercore', sealed);
  const both = { files: drive.core, blobs: blobs.core };
  const driveId = await addMirroredFeed(prisma, source.key, both, 'hyperdrive', sealed);
  const seeder = await place.start();
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  const copy = buyer.store.get({ key: core.key, encryption: sealFor(buyer, feedId) });
  await until(() => copy.length === 4, 'the buyer is served');
  await assert.rejects(copy.get(2), { code: 'no-key' });

  const other = rootSeeds(randomBytes(32), Buffer.from('readings'));
  const handOver = async (id: string, first: number, last: number, of = root) => {
    const { sellerId, slug } = await prisma.listing.findFirstOrThrow({ where: { feed: { id } } });
    const given = [writeSeeds(narrowSeeds(of, first, last)!)];
    return handOverSeeds({ prisma, keys }, sellerId, slug, given);
  };
  const fault = async () =>
    (await prisma.feed.findUniqueOrThrow({ where: { id: feedId } })).sourceFault;
  const samples = () => prisma.sealedSample.count({ where: { feedId } });
  await until(async () => (await samples()) === 2, 'there are blocks to try seeds on');
  assert.equal((await handOver(feedId, now - 2, now + 10, other))?.refused, 'seeds-wrong');
  assert.equal((await handOver(feedId, 0, now - 3, other))?.refused, 'seeds-wrong');
  assert.equal(await prisma.feedSeeds.count({ where: { feedId } }), 0);
  // Kept before there was a block to try them on.
  await keepSeeds(prisma, { keys }, feedId, [narrowSeeds(other, now - 2, now)!]);
  await until(async () => (await fault()) === 'wrong_seeds', 'the seeder finds them wrong');
  assert.equal(lastOf(buyer, feedId), -1, 'they are given to nobody');
  assert.equal(await handOver(feedId, now - 2, now), null);
  await until(() => lastOf(buyer, feedId) >= now, 'the keys come');
  await until(async () => (await fault()) === null, 'all is well again');
  assert.equal(String(await copy.get(1)), `of ${now - 2}`);
  assert.equal(String(await copy.get(3)), `of ${now}`);
  await assert.rejects(copy.get(0), { code: 'no-key', epoch: now - 3 });
  const { seal: held } = seeder.feeds.feed(feedId)!;
  assert.equal(held!.give({ first: 0, last: now + 100 }).seeds.length, 1);

  // Of epochs that have no block yet they cannot be told from right ones, and are given; then the right ones take their place.
  assert.equal(await handOver(feedId, now + 1, now + 10, other), null);
  await until(() => lastOf(buyer, feedId) >= now + 1, 'wrong keys come');
  await core.append(Buffer.from('of the next'));
  await until(async () => (await fault()) === 'wrong_seeds', 'the first block shows it');
  await until(() => copy.length === 5, 'the buyer has the block');
  await assert.rejects(copy.get(4), { code: 'broken' });
  assert.equal(await handOver(feedId, now + 1, now + 10), null);
  await until(async () => String(await copy.get(4).catch(() => '')) === 'of the next', 'it opens');
  await until(async () => (await fault()) === null, 'all is well again');

  assert.equal(seeder.feeds.feed(driveId), undefined, 'its file list cannot be read yet');
  assert.equal(await handOver(driveId, now + 1, now + 1), null);
  await until(() => seeder.feeds.feed(driveId) !== undefined, 'the drive is served', 30_000);
  await drive.close();
});

test('a lapsed and a revoked buyer read nothing newer of a market’s feed, whatever a mirror serves them', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const seeder = await place.start();
  const feedId = await addSealedFeed(prisma);
  await queue(prisma, feedId, [Buffer.from('old')]);
  const key = await coreKey(prisma, feedId, 1);
  await using paying = await connectBuyer(place.bootstrap, seeder.key);
  await using lapsed = await connectBuyer(place.bootstrap, seeder.key);
  await using revoked = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, paying.key, null);
  await grant(prisma, feedId, revoked.key, null);
  const endsAtMs = Date.now() + 4_000;
  await grant(prisma, feedId, lapsed.key, new Date(endsAtMs));
  const open = (buyer: TestBuyer) => buyer.store.get({ key, encryption: sealFor(buyer, feedId) });
  for (const buyer of [paying, lapsed, revoked])
    assert.equal(String(await open(buyer).get(0, { timeout: 15_000 })), 'old');
  await revoke(prisma, feedId, revoked.key);
  for (const buyer of [lapsed, revoked])
    await until(() => buyer.said.some((each) => 'invalid' in each), 'the end is told');
  assert.equal(lastOf(lapsed, feedId), epochAt(endsAtMs - 1, MIN_EPOCH_MS));

  // Time goes on for the writer: beyond all that was given.
  const last = Math.max(lastOf(lapsed, feedId), lastOf(revoked, feedId));
  const isBeyond = () => epochAt(Date.now(), MIN_EPOCH_MS) > last;
  await until(isBeyond, 'an epoch has begun that neither was given', 2 * HORIZON_MS);
  await queue(prisma, feedId, [Buffer.from('new')]);
  await coreKey(prisma, feedId, 2);
  const copy = open(paying);
  assert.equal(String(await copy.get(1, { timeout: 15_000 })), 'new');

  for (const buyer of [lapsed, revoked]) {
    const one = paying.store.replicate(true);
    const other = buyer.store.replicate(false);
    one.pipe(other).pipe(one);
    const served = buyer.store.get({ key });
    await until(() => served.length === 2, 'the mirror tells of the new block');
    assert.ok(await served.get(1, { timeout: 15_000 }), 'the mirror serves it');
    await assert.rejects(open(buyer).get(1), { code: 'no-key' });
    assert.equal(String(await open(buyer).get(0)), 'old');
    one.destroy();
    other.destroy();
  }
});
