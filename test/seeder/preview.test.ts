import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type Corestore from 'corestore';
import Hyperbee from 'hyperbee';
import { Node, YoloIndex } from 'hyperbee/lib/messages.js';
import type Hypercore from 'hypercore';
import Hyperdrive from 'hyperdrive';
import type { PrismaClient } from '../../prisma/client/client.ts';
import type { PreviewItem } from '../../seeder/preview.ts';
import { createDatabase } from '../support/database.ts';
import { until } from './loopback.ts';
import { addFeed, openSeederPlace, queue } from './market.ts';
import { addMirroredFeed, openSource } from './source.ts';

const JSON_VALUES = { keyEncoding: 'utf-8', valueEncoding: 'json' } as const;

test('what a seller shows of a feed follows the feed, and the setting', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const feedId = await addFeed(prisma);
  await show(prisma, feedId, 'last', 2);
  await queue(prisma, feedId, json(0, 3));
  await place.start();
  await shows(prisma, feedId, [block(1), block(2)]);
  await queue(prisma, feedId, json(3, 2));
  await shows(prisma, feedId, [block(3), block(4)]);
  await show(prisma, feedId, 'first', 3);
  await shows(prisma, feedId, [block(0), block(1), block(2)]);
  await show(prisma, feedId, 'first', 0);
  await shows(prisma, feedId, null);
});

test('a feed that grows all the time has its preview written once a second', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const feedId = await addFeed(prisma);
  await show(prisma, feedId, 'last', 1);
  await place.start();
  const writes = new Set<number>();
  for (let i = 0; i < 60; i++) {
    await queue(prisma, feedId, json(i, 1));
    await sleep(50);
    const { previewAt } = await prisma.feed.findUniqueOrThrow({ where: { id: feedId } });
    if (previewAt) writes.add(previewAt.getTime());
  }
  assert.ok(writes.size >= 2 && writes.size <= 6, `${writes.size} writes in about 4 s`);
});

test('what is no JSON, or nothing that Postgres could keep, is shown as its bytes', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const feedId = await addFeed(prisma);
  await show(prisma, feedId, 'first', 100);
  const texts = ['"\\u0000"', '"\\ud800"', 'no json', `${'['.repeat(9_000)}${']'.repeat(9_000)}`];
  const blocks = [Buffer.from([0xff, 0x00]), ...texts.map((text) => Buffer.from(text))];
  await queue(prisma, feedId, [...blocks, Buffer.from('{"é":"😀"}')]);
  await place.start();
  const bytes = blocks.map((each, index) => ({ index, base64: each.toString('base64') }));
  await shows(prisma, feedId, [...bytes, { index: blocks.length, value: { é: '😀' } }]);
});

test('a preview has at most 256 KiB, of the end that is shown', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const feedId = await addFeed(prisma);
  await show(prisma, feedId, 'last', 100);
  const large = Array.from({ length: 10 }, (_, n) => ({ n, text: 'x'.repeat(60 * 1024) }));
  await queue(
    prisma,
    feedId,
    large.map((each) => Buffer.from(JSON.stringify(each))),
  );
  await place.start();
  const last = large.slice(6).map((value, i) => ({ index: 6 + i, value }));
  await shows(prisma, feedId, last);
});

test('entries of a Hyperbee and files of a Hyperdrive are shown, whatever trees others have', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  await using source = await openSource(place.bootstrap);
  const bee = new Hyperbee(source.store.get({ name: 'a bee' }), JSON_VALUES);
  for (const city of ['athens', 'berlin', 'cairo']) await bee.put(city, { city });
  const drive = new Hyperdrive(source.store.namespace('a drive'));
  for (const name of ['a', 'b', 'c']) await drive.put(`/${name}.txt`, Buffer.from(name));
  const { core: blobs } = await drive.getBlobs();
  const beeId = await addMirroredFeed(prisma, source.key, { data: bee.core }, 'hyperbee');
  const cores = { files: drive.core, blobs };
  const driveId = await addMirroredFeed(prisma, source.key, cores, 'hyperdrive');
  for (const name of ['endless', 'hollow'] as const) {
    const core = await writeTree(source.store, name);
    const brokenId = await addMirroredFeed(prisma, source.key, { data: core }, 'hyperbee');
    await show(prisma, brokenId, 'first', 2);
  }
  await show(prisma, beeId, 'last', 2);
  await show(prisma, driveId, 'first', 2);
  await place.start();
  await shows(prisma, beeId, [
    { key: 'berlin', value: { city: 'berlin' } },
    { key: 'cairo', value: { city: 'cairo' } },
  ]);
  await shows(prisma, driveId, [
    { path: '/a.txt', value: { byteLength: 1 } },
    { path: '/b.txt', value: { byteLength: 1 } },
  ]);
});

/** A Hyperbee with a node that is its own child, or with nodes that all have two children and no key. */
async function writeTree(store: Corestore, name: 'endless' | 'hollow'): Promise<Hypercore> {
  const bee = new Hyperbee(store.get({ name }), JSON_VALUES);
  const { core } = bee;
  await bee.put('a', 1);
  for (let seq = core.length; seq < 60; seq = core.length) {
    const child = name === 'endless' ? seq : seq - 1;
    const keys = name === 'endless' ? [1] : [];
    const index = YoloIndex.encode({ levels: [{ keys, children: [child, 0, child, 0] }] });
    await core.append(Node.encode({ key: Buffer.from('b'), value: Buffer.from('2'), index }));
  }
  return core;
}

function json(start: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(JSON.stringify({ n: start + i })));
}

function block(n: number): PreviewItem {
  return { index: n, value: { n } };
}

async function show(
  prisma: PrismaClient,
  feedId: string,
  previewFrom: 'first' | 'last',
  previewBlocks: number,
): Promise<void> {
  const { listingId } = await prisma.feed.findUniqueOrThrow({ where: { id: feedId } });
  await prisma.listing.update({ where: { id: listingId }, data: { previewFrom, previewBlocks } });
}

async function shows(
  prisma: PrismaClient,
  feedId: string,
  items: PreviewItem[] | null,
): Promise<void> {
  const expected = items && { items };
  const read = async () => (await prisma.feed.findUniqueOrThrow({ where: { id: feedId } })).preview;
  const isShown = async () => canonical(await read()) === canonical(expected);
  await until(isShown, 'the preview is as it should be').catch(() => {});
  assert.deepEqual(await read(), expected);
}

// Postgres has an order of its own for the keys of an object.
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    each && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort())
      : each,
  );
}
