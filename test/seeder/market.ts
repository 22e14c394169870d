import { createHash, randomUUID } from 'node:crypto';
import type { NodeAddress } from 'hyperdht';
import type { Logger } from 'pino';
import pino from 'pino';
import { MIN_EPOCH_MS } from '../../domain/epoch.ts';
import { keepSeeds, newRoot } from '../../flow/feed-seeds.ts';
import type { FeedKind, Prisma, PrismaClient } from '../../prisma/client/client.ts';
import { encodeBlocks } from '../../protocol/block-batch.ts';
import { FILE_CHUNK_BYTES } from '../../protocol/file-chunks.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import { type Seeder, startSeeder } from '../../seeder/seeder.ts';
import type { TestDatabase } from '../support/database.ts';
import { openTestnet, temporaryDirectory, until } from './loopback.ts';

/** Writes the rows of a live listing with a hosted feed; returns the feed's id. */
export async function addFeed(
  prisma: PrismaClient,
  kind: FeedKind = 'hypercore',
  more: Partial<Prisma.FeedUncheckedCreateInput> = {},
): Promise<string> {
  const seller = await prisma.seller.create({ data: { name: 'a seller' } });
  const listing = await prisma.listing.create({
    data: {
      sellerId: seller.id,
      slug: randomUUID(),
      title: 'a feed',
      description: '',
      licence: 'CC0-1.0',
      state: 'live',
      publishedAt: new Date(),
    },
  });
  const feed = await prisma.feed.create({
    data: { listingId: listing.id, kind, blockSchema: {}, ...more },
  });
  return feed.id;
}

/** The same of a sealed feed, with its root. */
export async function addSealedFeed(
  prisma: PrismaClient,
  kind: FeedKind = 'hypercore',
  epochMs = MIN_EPOCH_MS,
): Promise<string> {
  const feedId = await addFeed(prisma, kind, { mode: 'sealed', epochMs });
  await keepSeeds(prisma, { keys }, feedId, [newRoot(feedId)]);
  return feedId;
}

/** Queues blocks for a feed as the server does; returns the batch's number. */
export async function queue(
  prisma: PrismaClient,
  feedId: string,
  blocks: Uint8Array[],
): Promise<bigint> {
  return queuePayload(prisma, feedId, encodeBlocks(blocks), blocks.length);
}

/** Queues a batch as it came over the wire: of blocks, or of changes to a tree. */
export async function queuePayload(
  prisma: PrismaClient,
  feedId: string,
  payload: Uint8Array<ArrayBuffer>,
  blocks: number,
): Promise<bigint> {
  const payloadHash = Uint8Array.from(createHash('sha256').update(payload).digest());
  const { seq } = await prisma.appendBatch.create({
    data: { feedId, batchId: randomUUID(), payloadHash, payload, blocks },
  });
  return seq;
}

/** Queues a file for a drive as the server does, whole. */
export async function putFile(
  prisma: PrismaClient,
  feedId: string,
  path: string,
  content: Buffer,
): Promise<void> {
  const { id } = await prisma.fileWrite.create({
    data: { feedId, path, contentType: 'text/plain' },
  });
  for (let part = 0; part * FILE_CHUNK_BYTES < content.length; part++) {
    const start = part * FILE_CHUNK_BYTES;
    const payload = Uint8Array.from(content.subarray(start, start + FILE_CHUNK_BYTES));
    await prisma.fileChunk.create({ data: { writeId: id, part, payload } });
  }
  const sha256 = Uint8Array.from(createHash('sha256').update(content).digest());
  await prisma.fileWrite.update({
    where: { id },
    data: { size: content.length, sha256, readyAt: new Date() },
  });
}

/** Writes a grant and its log row in one transaction, as settling a payment does. */
export async function grant(
  prisma: PrismaClient,
  feedId: string,
  buyer: Uint8Array,
  expiresAt: Date | null,
  reach: { fromBlock?: bigint; maxConnections?: number } = {},
): Promise<void> {
  const buyerKey = Uint8Array.from(buyer);
  const startsAt = new Date(Date.now() - 1_000);
  await prisma.$transaction(async (tx) => {
    const where = { feedId_buyerKey: { feedId, buyerKey } };
    const known = await tx.grant.findUnique({ where });
    const row = await tx.grant.upsert({
      where,
      create: { feedId, buyerKey, startsAt, expiresAt, ...reach },
      update: { state: 'live', expiresAt, ...reach },
    });
    const change = known?.state === 'live' ? 'extended' : 'issued';
    await tx.grantLog.create({
      data: {
        grantId: row.id,
        feedId,
        buyerKey,
        change,
        startsAt: row.startsAt,
        expiresAt,
        ...reach,
      },
    });
  });
}

/** Ends a grant before its time, with its log row. */
export async function revoke(
  prisma: PrismaClient,
  feedId: string,
  buyer: Uint8Array,
): Promise<void> {
  const buyerKey = Uint8Array.from(buyer);
  await prisma.$transaction(async (tx) => {
    const where = { feedId_buyerKey: { feedId, buyerKey } };
    const row = await tx.grant.update({ where, data: { state: 'revoked' } });
    const { startsAt, expiresAt } = row;
    await tx.grantLog.create({
      data: { grantId: row.id, feedId, buyerKey, change: 'revoked', startsAt, expiresAt },
    });
  });
}

/** The key of a feed's core, once the seeder has made it and it holds that many blocks. */
export async function coreKey(
  prisma: PrismaClient,
  feedId: string,
  length = 0,
): Promise<Uint8Array> {
  let key: Uint8Array | undefined;
  await until(async () => {
    const core = await prisma.feedCore.findFirst({ where: { feedId, length: { gte: length } } });
    key = core?.key;
    return key !== undefined;
  }, `the core of the feed holds ${length} blocks`);
  return key!;
}

/** Takes the database away from everybody; `back` brings it back. */
export async function takeAway(database: TestDatabase): Promise<{ back(): Promise<void> }> {
  const { name } = database;
  await database.outside(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await database.outside(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
  );
  return {
    async back() {
      await database.outside(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    },
  };
}

/** Those of {@link openTestMarket} too. */
export const keys = marketKeys(Buffer.alloc(32, 7));

export const silent: Logger = pino({ level: 'silent' });

/** A DHT, a storage directory and a seeder on them that can be stopped and started again. */
export async function openSeederPlace(
  database: Pick<TestDatabase, 'prisma' | 'listen'>,
  dht?: { bootstrap: NodeAddress[] },
) {
  await using stack = new AsyncDisposableStack();
  const { bootstrap } = dht ?? stack.use(await openTestnet());
  const { path: storageDir } = stack.use(await temporaryDirectory());
  const running = new Set<Seeder>();
  stack.defer(async () => {
    for (const seeder of running) await seeder.stop();
  });
  const { prisma, listen } = database;
  const owned = stack.move();
  return {
    bootstrap,
    storageDir,
    async start(log: Logger = silent): Promise<Seeder> {
      const seeder = await startSeeder({ prisma, listen, log, keys, storageDir, bootstrap });
      running.add(seeder);
      return seeder;
    },
    async stop(seeder: Seeder): Promise<void> {
      running.delete(seeder);
      await seeder.stop();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
