import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import Autobase from 'autobase';
import messages from 'autobase/lib/messages.js';
import Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import DHT from 'hyperdht';
import { BuyerSwarm } from '../../buyer/swarm/buyer-swarm.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';
import type { Valid } from '../../protocol/messages.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { HANDLERS, join, link, type Operation, openBase } from './base.ts';
import { connectBuyer, type TestBuyer, temporaryDirectory, until } from './loopback.ts';
import { addFeed, coreKey, grant, openSeederPlace, queue, revoke } from './market.ts';
import { addMirroredFeed, openSource, type Source } from './source.ts';

const REFUSED_MS = 400;
const MIGRATION = new URL(
  '../../prisma/migrations/20261129205900_autobase_consent/migration.sql',
  import.meta.url,
);

/** A copy of a core, with its first block; `asked` once somebody has been sent a block of it. */
async function copyOf(
  { store }: Source,
  key: Buffer,
): Promise<{ core: Hypercore; asked: boolean }> {
  const core = store.get({ key });
  await core.get(0);
  const copied = { core, asked: false };
  core.on('upload', () => {
    copied.asked = true;
  });
  return copied;
}

/** A block of a writer that follows one of another. */
async function blockNaming(core: Hypercore, other: Buffer): Promise<Buffer> {
  for (let index = 0; ; index += 1) {
    const block = (await core.get(index))!;
    if (decode(block).node.heads.some(({ key }) => key.equals(other))) return block;
  }
}

function decode(block: Buffer) {
  return messages.OplogMessage.decode({ start: 0, end: block.length, buffer: block });
}

/** Puts blocks of other writers into the first writer of a base, and then its own first one, which names its system core. */
async function repeat(
  { store }: Source,
  base: Autobase<Operation, Hypercore>,
  blocks: readonly Buffer[],
): Promise<void> {
  await base.close();
  const core = store.get({ key: base.key });
  await core.ready();
  for (const block of [...blocks, (await core.get(0))!]) await core.append(block);
}

/** What the migration does that came with the rule that a core has to say whose it is. */
async function rejudge(prisma: PrismaClient): Promise<void> {
  const sql = await readFile(MIGRATION, 'utf8');
  const statements = sql.split(';').filter((each) => each.trim() !== '');
  for (const statement of statements) await prisma.$executeRawUnsafe(statement);
}

/** The core of a base, as the seeder has it in the catalogue. */
async function roleKey(prisma: PrismaClient, feedId: string, role: string): Promise<Buffer> {
  let key: Uint8Array | undefined;
  await until(async () => {
    key = (await prisma.feedCore.findFirst({ where: { feedId, role } }))?.key;
    return key !== undefined;
  }, `the feed has a core ${role}`);
  return Buffer.from(key!);
}

function lastValid({ said }: TestBuyer): Valid | undefined {
  return said.flatMap((each) => ('valid' in each ? [each.valid] : [])).at(-1);
}

async function toldOf(buyer: TestBuyer, role: RegExp): Promise<Valid['cores'][number]> {
  let core: Valid['cores'][number] | undefined;
  await until(() => {
    core = lastValid(buyer)?.cores.find((each) => role.test(each.role));
    return core !== undefined;
  }, `the buyer is told of ${role}`);
  return core!;
}

async function read(core: Hypercore, index: number, withinMs = 10_000): Promise<unknown> {
  const block = await core.get(index, { timeout: withinMs }).catch(() => null);
  return block && JSON.parse(block.toString());
}

async function openPlace(database: TestDatabase) {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await openSeederPlace(database));
  const source = stack.use(await openSource(place.bootstrap));
  const owned = stack.move();
  return { place, source, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

test('an Autobase is found from its bootstrap on, and its view is read without the seller’s code', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using opened = await openPlace(database);
  const { place, source } = opened;
  const base = await openBase(source);
  const feedId = await addMirroredFeed(prisma, source.key, { data: base.local }, 'autobase');
  const seeder = await place.start();
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  const { key } = await toldOf(buyer, /^view-0$/);
  const view = await buyer.open(Buffer.from(key, 'hex'));
  assert.deepEqual(await read(view, 0), { say: 'first' });
  await base.append({ say: 'second' });
  assert.deepEqual(await read(view, 1), { say: 'second' });
  assert.deepEqual(
    lastValid(buyer)!
      .cores.map(({ role }) => role)
      .sort(),
    ['data', 'system', 'view-0'],
  );
});

test('writers that join are served at once to who is connected, indexers and the cores they bring about too', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using opened = await openPlace(database);
  const { place, source } = opened;
  const base = await openBase(source);
  const feedId = await addMirroredFeed(prisma, source.key, { data: base.local }, 'autobase');
  const seeder = await place.start();
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  const first = await toldOf(buyer, /^view-0$/);
  const connections = source.connections.size;

  await using second = await join(source, base);
  await second.base.append({ say: 'from the second' });
  const writer = await toldOf(buyer, /^writer-/);
  assert.equal(writer.key, second.base.local.key.toString('hex'));
  assert.equal(writer.role, `writer-${writer.key.slice(0, 16)}`);
  const written = await buyer.open(second.base.local.key);
  await until(() => written.length > 0, 'the new writer is replicated to the buyer');

  await using third = await join(source, base, true);
  await third.base.append({ say: 'from the third' });
  await until(
    () => lastValid(buyer)?.cores.find(({ role }) => role === 'view-0')?.key !== first.key,
    'the view that two indexers sign is the first one now',
  );
  const view = await buyer.open(Buffer.from((await toldOf(buyer, /^view-0$/)).key, 'hex'));
  const records = async () =>
    (await Promise.all([0, 1, 2].map((index) => read(view, index)))) as Operation[];
  assert.deepEqual((await records()).map(({ say }) => say).sort(), [
    'first',
    'from the second',
    'from the third',
  ]);
  const roles = lastValid(buyer)!.cores.map(({ role }) => role);
  assert.equal(roles.filter((role) => role.startsWith('writer-')).length, 2);
  assert.ok(roles.some((role) => role.startsWith('past-view-')));
  assert.equal(source.connections.size, connections);
});

test('with the seller’s code a buyer opens the whole base, and A23: a revoked one is cut off all its cores', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using opened = await openPlace(database);
  const { place, source } = opened;
  const base = await openBase(source);
  await using second = await join(source, base);
  await second.base.append({ say: 'from the second' });
  const feedId = await addMirroredFeed(prisma, source.key, { data: base.local }, 'autobase');
  const seeder = await place.start();
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  await toldOf(buyer, /^writer-/);
  const { key } = await toldOf(buyer, /^view-0$/);
  const copy = new Autobase(buyer.store.namespace('bought'), base.key, HANDLERS);
  await copy.ready();
  await until(async () => {
    await copy.update();
    return copy.view.length === 2;
  }, 'the base is linearized at the buyer');
  assert.equal(copy.writable, false);
  await second.base.append({ say: 'live' });
  await until(async () => {
    await copy.update();
    return copy.view.length === 3;
  }, 'and goes on');
  const length = copy.view.length;
  await revoke(prisma, feedId, buyer.key);
  await until(() => !seeder.gate.admits(buyer.key), 'the grant has ended');
  await base.append({ say: 'later' });
  await second.base.append({ say: 'later, too' });
  const ofView = await buyer.open(Buffer.from(key, 'hex'));
  assert.equal(await read(ofView, length, REFUSED_MS), null);
  await copy.update();
  assert.equal(copy.view.length, length);
  await copy.close();
});

test('A25 A26: a base that names the cores of another, listed first or second, gets nobody to them', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using opened = await openPlace(database);
  const { place, source } = opened;
  const hostedId = await addFeed(prisma);
  await queue(prisma, hostedId, [Buffer.from('"of somebody else"')]);
  const honest = await openBase(source);
  await using thief = await openSource(place.bootstrap);
  const theirs = await openBase(thief);
  const streams = link(source.store, thief.store);
  // He is even let in to write, with the bootstrap of his own: what is written then follows his blocks.
  await honest.append({ add: theirs.key.toString('hex') });
  await using second = await join(source, honest);
  await second.base.append({ say: 'from the second' });
  const writer = await copyOf(thief, second.base.local.key);
  const named = (await writer.core.get(0))!;
  const stolen = [honest.key, second.base.local.key, decode(named).digest!.key!];
  const copies = await Promise.all(stolen.map((key) => copyOf(thief, key)));
  const naming = [named, await blockNaming(copies[0]!.core, second.base.local.key)];
  streams[Symbol.dispose]();
  const theirId = await addMirroredFeed(prisma, thief.key, { data: theirs.local }, 'autobase');
  // As it was recorded before a core had to say whose it is, and would be by a seeder of then.
  const old = {
    feedId: theirId,
    role: 'writer-old',
    key: Uint8Array.from(honest.key),
    discoveryKey: Uint8Array.from(honest.local.discoveryKey),
  };
  await prisma.feedCore.create({ data: { ...old, consents: true } });
  await rejudge(prisma);
  await prisma.feedCore.createMany({ data: old });
  assert.equal(await prisma.feedCore.count({ where: { feedId: theirId } }), 1);
  const seeder = await place.start();
  await using misled = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, theirId, misled.key, null);
  await toldOf(misled, /^view-0$/);
  const hosted = Buffer.from(await coreKey(prisma, hostedId, 1));
  await theirs.append({ add: hosted.toString('hex') });
  await repeat(thief, theirs, naming);
  await until(() => copies.every(({ asked }) => asked), 'all that he names is looked at', 30_000);

  const feedId = await addMirroredFeed(prisma, source.key, { data: honest.local }, 'autobase');
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  await toldOf(buyer, /^writer-/);
  const again = await openBase(thief, 'again');
  await repeat(thief, again, naming);
  const againId = await addMirroredFeed(prisma, thief.key, { data: again.local }, 'autobase');
  await grant(prisma, againId, misled.key, null);
  await roleKey(prisma, againId, 'view-0');

  for (const key of stolen) {
    const where = { key: Uint8Array.from(key) };
    assert.equal((await prisma.feedCore.findUniqueOrThrow({ where })).feedId, feedId);
    assert.notEqual(await (await buyer.open(key)).get(0, { timeout: 10_000 }), null);
  }
  for (const key of [...stolen, hosted]) {
    const core = await misled.open(key);
    assert.equal(await core.get(0, { timeout: REFUSED_MS }).catch(() => null), null);
  }
});

test('a core that is proved to be of another feed is served with that one alone', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using opened = await openPlace(database);
  const { place, source } = opened;
  const base = await openBase(source);
  const feedId = await addMirroredFeed(prisma, source.key, { data: base.local }, 'autobase');
  const seeder = await place.start();
  await using owner = await openSource(place.bootstrap);
  await using second = await join(source, base, false, owner.store);
  await second.base.append({ say: 'theirs' });
  const core = second.base.local;
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  await toldOf(buyer, /^writer-/);
  // As proving does, see prove-ownership.
  await prisma.feedCore.deleteMany({ where: { key: Uint8Array.from(core.key), proof: null } });
  const ownId = await addMirroredFeed(prisma, owner.key, { data: core });
  await until(
    async () => {
      const row = await prisma.feedCore.findFirst({ where: { feedId: ownId } });
      return row?.length === 1n;
    },
    'it is copied from its owner',
    30_000,
  );
  await until(
    () => lastValid(buyer)!.cores.every(({ role }) => !role.startsWith('writer-')),
    'the base is served without it',
  );
  const view = await buyer.open(await roleKey(prisma, feedId, 'view-0'));
  assert.deepEqual(await read(view, 1), { say: 'theirs' });
  const foreign = await buyer.open(core.key);
  const block = () => foreign.get(0, { timeout: REFUSED_MS }).catch(() => null);
  assert.equal(await block(), null);
  await grant(prisma, ownId, buyer.key, null);
  await until(async () => (await block()) !== null, 'who has access to it reads it');
});

test('a buyer’s replica knows the view as it changes, and opens the base with the seller’s code', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using opened = await openPlace(database);
  const { place, source } = opened;
  const base = await openBase(source);
  const feedId = await addMirroredFeed(prisma, source.key, { data: base.local }, 'autobase');
  const seeder = await place.start();
  await using directory = await temporaryDirectory();
  const keyPair = DHT.keyPair();
  await grant(prisma, feedId, keyPair.publicKey, null);
  const swarmPlace = {
    seeders: [seeder.key.toString('hex')],
    bootstrap: place.bootstrap,
  };
  await using swarm = new BuyerSwarm({
    storeDir: directory.path,
    keyPair,
    device: randomBytes(16).toString('hex'),
    marketKey: randomBytes(32).toString('hex'),
    place: swarmPlace,
    refresh: () => Promise.resolve(swarmPlace),
  });
  const cores = [{ role: 'data', key: base.key.toString('hex') }];
  const replica = await swarm.feed({
    feedId,
    kind: 'autobase',
    mode: 'open',
    copySigner: null,
    cores,
  });
  await until(() => replica.view !== null, 'the view is told of');
  const first = replica.view!.key;
  assert.deepEqual(await read(replica.view!, 0), { say: 'first' });
  await using second = await join(source, base, true);
  await second.base.append({ say: 'from the second' });
  await until(() => !replica.view!.key.equals(first), 'another view has taken its place');
  assert.deepEqual(await read(replica.view!, 1), { say: 'from the second' });
  const whole = replica.autobase(HANDLERS);
  await whole.ready();
  await until(async () => {
    await whole.update();
    return whole.view.length === 2;
  }, 'the base is linearized');
  assert.throws(() => replica.bee, /this feed is of the kind autobase, not hyperbee/);
});

test('another seeder copies the base from the first one, and serves it while the seller is away', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using opened = await openPlace(database);
  const { place, source } = opened;
  const base = await openBase(source);
  await using second = await join(source, base);
  await second.base.append({ say: 'from the second' });
  const feedId = await addMirroredFeed(prisma, source.key, { data: base.local }, 'autobase');
  const first = await place.start();
  await until(async () => {
    const cores = await prisma.feedCore.findMany({ where: { feedId } });
    const view = cores.find(({ role }) => role === 'view-0');
    return cores.length === 4 && view?.length === 2n && cores.every(({ length }) => length > 0);
  }, 'all of it is copied');
  await source.offline();
  await using other = await openSeederPlace(database, place);
  const sibling = await other.start();
  await until(
    () => (sibling.feeds.feed(feedId)?.cores.length ?? 0) === 4,
    'it knows the cores',
    30_000,
  );
  const copy = sibling.feeds.feed(feedId)!;
  await until(() => copy.cores.every((core) => core.contiguousLength > 0), 'it has them', 30_000);
  await place.stop(first);
  await using buyer = await connectBuyer(place.bootstrap, sibling.key);
  await grant(prisma, feedId, buyer.key, null);
  const view = await buyer.open(Buffer.from((await toldOf(buyer, /^view-0$/)).key, 'hex'));
  assert.deepEqual(await read(view, 1), { say: 'from the second' });
});

test('a base that is encrypted is known to be unreadable, and what was proved of it is served', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using opened = await openPlace(database);
  const { place, source } = opened;
  const options = { ...HANDLERS, encryptionKey: randomBytes(32) };
  const base = new Autobase(source.store.namespace('encrypted'), null, options);
  await base.ready();
  await base.append({ say: 'secret' });
  const feedId = await addMirroredFeed(prisma, source.key, { data: base.local }, 'autobase');
  await place.start();
  await until(async () => {
    const { sourceFault } = await prisma.feed.findUniqueOrThrow({ where: { id: feedId } });
    return sourceFault === 'unreadable';
  }, 'it is known to be unreadable');
  assert.equal(await prisma.feedCore.count({ where: { feedId } }), 1);
});

test('a view that is a Hyperbee is sold and previewed as one', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using opened = await openPlace(database);
  const { place, source } = opened;
  const base = new Autobase<{ key: string; value: number }, Hyperbee<number>>(
    source.store.namespace('a bee'),
    null,
    {
      valueEncoding: 'json',
      ackInterval: 100,
      open: (store) => new Hyperbee(store.get('view'), BEE),
      async apply(nodes, view) {
        for (const { value } of nodes) await view.put(value.key, value.value);
      },
    },
  );
  await base.ready();
  await base.append({ key: 'berlin', value: 21 });
  const feedId = await addMirroredFeed(prisma, source.key, { data: base.local }, 'autobase');
  const { listingId } = await prisma.feed.findUniqueOrThrow({ where: { id: feedId } });
  await prisma.listing.update({ where: { id: listingId }, data: { previewBlocks: 5 } });
  const seeder = await place.start();
  await using buyer = await connectBuyer(place.bootstrap, seeder.key);
  await grant(prisma, feedId, buyer.key, null);
  const core = await buyer.open(Buffer.from((await toldOf(buyer, /^view-0$/)).key, 'hex'));
  await until(() => core.length > 1, 'the view is replicated');
  assert.equal((await new Hyperbee<number>(core, BEE).get('berlin'))?.value, 21);
  await until(async () => {
    const { preview } = await prisma.feed.findUniqueOrThrow({ where: { id: feedId } });
    return JSON.stringify(preview) === '{"items":[{"key":"berlin","value":21}]}';
  }, 'its entries are shown');
});

const BEE = { keyEncoding: 'utf-8', valueEncoding: 'json', extension: false } as const;
