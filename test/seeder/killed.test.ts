import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Corestore from 'corestore';
import type { FeedKind, PrismaClient } from '../../prisma/client/client.ts';
import { type EntryChange, encodeEntries } from '../../protocol/entry-batch.ts';
import { FILE_CHUNK_BYTES } from '../../protocol/file-chunks.ts';
import { HostedCores, openWriter } from '../../seeder/cores.ts';
import { type Feed, Feeds } from '../../seeder/feeds.ts';
import { Ingest } from '../../seeder/ingest.ts';
import { Refill } from '../../seeder/refill.ts';
import { FileWriter } from '../../seeder/write-files.ts';
import { createDatabase } from '../support/database.ts';
import { checkGrowth } from '../support/invariants.ts';
import { type ChildPlace, kill, startChild } from './child.ts';
import { openTestnet, temporaryDirectory, until } from './loopback.ts';
import { addFeed, keys, putFile, queuePayload, silent } from './market.ts';

const OPEN = { of: async () => null };

const PATHS = ['/a', '/b/c', '/d'];

async function openPlace() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createDatabase());
  const { bootstrap } = stack.use(await openTestnet());
  const { path: dataDir } = stack.use(await temporaryDirectory());
  const place: ChildPlace = { database, dataDir, bootstrap };
  const owned = stack.move();
  return { place, prisma: database.prisma, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function read<T>(
  { dataDir }: ChildPlace,
  feedId: string,
  kind: FeedKind,
  contents: (feed: Feed) => Promise<T>,
): Promise<T> {
  const store = new Corestore(`${dataDir}/seeder/cores`);
  try {
    return await contents(await openWriter(store, feedId, kind, null));
  } finally {
    await store.close();
  }
}

function putEntries(prisma: PrismaClient, feedId: string, changes: EntryChange[]): Promise<bigint> {
  return queuePayload(prisma, feedId, encodeEntries(changes), changes.length);
}

const pendingBatches = (prisma: PrismaClient) =>
  prisma.appendBatch.count({ where: { appendedAt: null } });
const pendingFiles = (prisma: PrismaClient) =>
  prisma.fileWrite.count({ where: { writtenAt: null } });

/** What the keys of a tree come to by the changes made, and how many blocks they take with its header. */
function replay(changes: readonly EntryChange[]): { entries: [string, unknown][]; length: number } {
  const entries = new Map<string, unknown>();
  let length = 1;
  for (const change of changes) {
    if (change.op === 'del' && !entries.has(change.key)) continue;
    length += 1;
    if (change.op === 'del') entries.delete(change.key);
    else entries.set(change.key, change.value);
  }
  return { entries: [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)), length };
}

function someChanges(batch: number): EntryChange[] {
  return Array.from({ length: 20 }, (_, i): EntryChange => {
    const key = `k${(batch * 7 + i * 13) % 40}`;
    return i % 4 === 3 ? { op: 'del', key } : { op: 'put', key, value: { batch, i } };
  });
}

async function entriesOf(feed: Feed): Promise<{ entries: [string, unknown][]; length: number }> {
  assert.ok(feed.kind === 'hyperbee');
  const entries: [string, unknown][] = [];
  for await (const { key, value } of feed.bee.createReadStream()) entries.push([key, value]);
  return { entries, length: feed.core.length };
}

class Crash extends Error {}

/** Works off all that is pending with a database that goes away before the `at`-th query; says whether it came so far. */
async function workUntil(
  prisma: PrismaClient,
  { dataDir }: ChildPlace,
  at: number,
): Promise<boolean> {
  let queries = 0;
  const doomed = prisma.$extends({
    query: {
      $allOperations({ args, query }) {
        queries += 1;
        if (queries >= at) throw new Crash();
        return query(args);
      },
    },
  }) as unknown as PrismaClient;
  const store = new Corestore(`${dataDir}/seeder/cores`);
  const feeds = new Feeds(
    () => {},
    () => {},
  );
  try {
    const alone = { has: () => false, carry() {} };
    const refill = new Refill(alone.has, silent, () => {});
    await new HostedCores(
      doomed,
      keys.signing.publicKey,
      store,
      silent,
      feeds,
      alone,
      refill,
      OPEN,
    ).step();
    await new Ingest(doomed, feeds, refill, silent).step();
    await new FileWriter(doomed, feeds, refill, silent).step();
    return true;
  } catch (error) {
    if (error instanceof Crash) return false;
    throw error;
  } finally {
    await store.close();
  }
}

test('stopped between any two queries, a seeder changes a tree once and in order', async () => {
  await using opened = await openPlace();
  const { place, prisma } = opened;
  const feedId = await addFeed(prisma, 'hyperbee');
  const made: EntryChange[] = [];
  let at = 1;
  for (let isDone = false; !isDone; at++) {
    const changes = someChanges(at);
    made.push(...changes);
    await putEntries(prisma, feedId, changes);
    isDone = await workUntil(prisma, place, at);
    await checkGrowth(prisma);
  }
  assert.ok(at > 10, `only ${at} points were reached`);
  assert.equal(await pendingBatches(prisma), 0);
  assert.deepEqual(await read(place, feedId, 'hyperbee', entriesOf), replay(made));
});

test('stopped between any two queries, a seeder writes each file once and whole', async () => {
  await using opened = await openPlace();
  const { place, prisma } = opened;
  const feedId = await addFeed(prisma, 'hyperdrive');
  const files = new Map<string, Buffer>();
  let blocks = 0;
  let at = 1;
  for (let isDone = false; !isDone; at++) {
    const path = PATHS[at % PATHS.length]!;
    const content = randomBytes(2 * FILE_CHUNK_BYTES + 70_000);
    files.set(path, content);
    blocks += 34;
    await putFile(prisma, feedId, path, content);
    isDone = await workUntil(prisma, place, at);
    await checkGrowth(prisma);
  }
  assert.ok(at > 15, `only ${at} points were reached`);
  assert.equal(await pendingFiles(prisma), 0);
  await read(place, feedId, 'hyperdrive', async (feed) => {
    assert.ok(feed.kind === 'hyperdrive');
    for (const [path, content] of files) {
      assert.ok((await feed.drive.get(path))?.equals(content), path);
    }
    assert.equal(feed.blobs.length, blocks, 'no block of a file is there twice');
    assert.equal(feed.core.length, at, 'nor is an entry: one for each file, and the header');
  });
  assert.equal(await prisma.driveFile.count(), files.size);
  assert.equal(await prisma.fileChunk.count(), 0);
});

test('killed at random while it works on a tree and a drive, a seeder comes to what was asked for', async () => {
  await using opened = await openPlace();
  const { place, prisma } = opened;
  const bee = await addFeed(prisma, 'hyperbee');
  const drive = await addFeed(prisma, 'hyperdrive');
  const made: EntryChange[] = [];
  for (let batch = 0; batch < 300; batch++) {
    const changes = someChanges(batch);
    made.push(...changes);
    await putEntries(prisma, bee, changes);
  }
  const content = randomBytes(20 * FILE_CHUNK_BYTES);
  await putFile(prisma, drive, '/large', content);
  for (const delayMs of [0, 40, 80, 160]) {
    const { child } = await startChild(place);
    await sleep(delayMs);
    await kill(child);
    await checkGrowth(prisma);
  }
  const { child } = await startChild(place);
  const isIdle = async () =>
    (await pendingBatches(prisma)) === 0 && (await pendingFiles(prisma)) === 0;
  await until(isIdle, 'all is done', 60_000);
  await kill(child);
  await checkGrowth(prisma);
  assert.deepEqual(await read(place, bee, 'hyperbee', entriesOf), replay(made));
  await read(place, drive, 'hyperdrive', async (feed) => {
    assert.ok(feed.kind === 'hyperdrive');
    assert.ok((await feed.drive.get('/large'))?.equals(content));
    assert.equal(feed.blobs.length, 320);
  });
});
