import assert from 'node:assert/strict';
import { test } from 'node:test';
import Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { attributeCopy } from '../../protocol/attribute-copy.ts';
import { copyKey } from '../../protocol/copy-manifest.ts';
import { copySigner } from '../../protocol/copy-signer.ts';
import { encodeEntries } from '../../protocol/entry-batch.ts';
import { createDatabase } from '../support/database.ts';
import { connectBuyer, openTestnet, type TestBuyer, until } from './loopback.ts';
import {
  addFeed,
  coreKey,
  grant,
  keys,
  openSeederPlace,
  queue,
  queuePayload,
  revoke,
} from './market.ts';
import { addMirroredFeed, openSource } from './source.ts';

const REFUSED_MS = 400;
const SERVED_MS = 15_000;
const unique = { mode: 'unique' } as const;

/** What a buyer, who has the card, opens of a feed with one core. */
function openCopy(buyer: TestBuyer, feedId: string, coreKey: Uint8Array): Promise<Hypercore> {
  const { publicKey: signer } = copySigner(keys, feedId);
  return buyer.open(copyKey({ signer, coreKey, buyerKey: buyer.key }));
}

async function read(core: Hypercore, index: number, timeout = SERVED_MS): Promise<string | null> {
  const block = await core.get(index, { timeout }).catch(() => null);
  return block === null ? null : block.toString();
}

async function blocksCounted(prisma: PrismaClient, feedId: string, { key }: TestBuyer) {
  const where = { feedId, buyerKey: Uint8Array.from(key) };
  const { _sum } = await prisma.usage.aggregate({ where, _sum: { blocks: true } });
  return Number(_sum.blocks ?? 0);
}

test('two seeders serve a buyer the same copy of a log and of a table, also after a restart', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using dht = await openTestnet();
  await using one = await openSeederPlace(database, dht);
  await using two = await openSeederPlace(database, dht);
  const writer = await one.start();
  const logId = await addFeed(prisma, 'hypercore', unique);
  await queue(prisma, logId, [Buffer.from('first'), Buffer.from('second')]);
  const treeId = await addFeed(prisma, 'hyperbee', unique);
  await queuePayload(prisma, treeId, encodeEntries([{ op: 'put', key: 'a', value: 7 }]), 1);
  const logKey = await coreKey(prisma, logId, 2);
  const treeKey = await coreKey(prisma, treeId, 2);
  const copier = await two.start();
  await until(() => copier.feeds.feed(treeId)?.core.contiguousLength === 2, 'it has a copy');
  await until(() => copier.feeds.feed(logId)?.core.contiguousLength === 2, 'and of the other');

  await using buyer = await connectBuyer(dht.bootstrap, copier.key, { seed: Buffer.alloc(32, 3) });
  for (const feedId of [logId, treeId]) await grant(prisma, feedId, buyer.key, null);
  const log = await openCopy(buyer, logId, logKey);
  assert.equal(await read(log, 1), 'second');
  const tree = await openCopy(buyer, treeId, treeKey);
  const bee = new Hyperbee(tree, { keyEncoding: 'utf-8', valueEncoding: 'json' });
  await until(() => tree.length === 2, 'the buyer knows the tree');
  assert.equal((await bee.get('a'))?.value, 7);
  for (const key of [logKey, treeKey]) {
    assert.equal(await read(await buyer.open(key), 0, REFUSED_MS), null, 'A25: the core itself');
  }
  await two.stop(copier);
  await one.stop(writer);

  const again = await one.start();
  await using back = await connectBuyer(dht.bootstrap, again.key, { seed: Buffer.alloc(32, 3) });
  const copy = await openCopy(back, logId, logKey);
  assert.deepEqual(copy.key, log.key);
  await queue(prisma, logId, [Buffer.from('third')]);
  assert.equal(await read(copy, 2), 'third');
  const of = { signer: copySigner(keys, logId).publicKey, coreKey: logKey };
  assert.deepEqual(await attributeCopy(copy, of), back.key);
});

test('copies of a seller’s own feed are served and counted, and end with the grant', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const core = source.store.get({ name: 'readings' });
  await core.append([Buffer.from('a'), Buffer.from('b')]);
  const feedId = await addMirroredFeed(prisma, source.key, { data: core }, 'hypercore', unique);
  const seeder = await place.start();
  await using ann = await connectBuyer(place.bootstrap, seeder.key);
  await using bob = await connectBuyer(place.bootstrap, seeder.key);
  for (const buyer of [ann, bob]) await grant(prisma, feedId, buyer.key, null);
  const hers = await openCopy(ann, feedId, core.key);
  const his = await openCopy(bob, feedId, core.key);
  for (const copy of [hers, his]) assert.equal(await read(copy, 1), 'b');
  assert.notDeepEqual(hers.key, his.key);
  await revoke(prisma, feedId, ann.key);
  await until(() => ann.said.some((each) => 'invalid' in each), 'the end is told');
  await core.append(Buffer.from('c'));
  assert.equal(await read(his, 2), 'c');
  assert.equal(await read(hers, 2, REFUSED_MS), null);
  await place.stop(seeder);
  assert.equal(await blocksCounted(prisma, feedId, ann), 1);
  assert.equal(await blocksCounted(prisma, feedId, bob), 2);
});

test('the database knows no unique feed whose cores name each other', async () => {
  await using database = await createDatabase();
  await assert.rejects(addFeed(database.prisma, 'hyperdrive', unique), /feeds_unique/);
});
