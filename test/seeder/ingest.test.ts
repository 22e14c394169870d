import assert from 'node:assert/strict';
import { test } from 'node:test';
import Corestore from 'corestore';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { until } from './loopback.ts';
import { addFeed, coreKey, openSeederPlace, queue } from './market.ts';

const BLOCKS = ['a', 'b', 'c'].map((text) => Buffer.from(text));

type Place = Awaited<ReturnType<typeof openSeederPlace>>;

/** A feed with three blocks, its seeder stopped. */
async function stoppedAfterThree(database: TestDatabase, place: Place): Promise<string> {
  const feedId = await addFeed(database.prisma);
  await queue(database.prisma, feedId, BLOCKS);
  const seeder = await place.start();
  await coreKey(database.prisma, feedId, 3);
  await place.stop(seeder);
  return feedId;
}

async function openCore(place: Place, feedId: string) {
  const store = new Corestore(`${place.storageDir}/cores`);
  const core = store.get({ name: feedId });
  await core.ready();
  return {
    core,
    async contents(): Promise<string> {
      let text = '';
      for (let index = 0; index < core.length; index++) text += String(await core.get(index));
      return text;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

async function contents(place: Place, feedId: string): Promise<string> {
  await using opened = await openCore(place, feedId);
  return await opened.contents();
}

async function pending(prisma: PrismaClient, feedId: string): Promise<number> {
  return await prisma.appendBatch.count({ where: { feedId, appendedAt: null } });
}

test('a batch is appended in one piece, its payload dropped and its place recorded', async () => {
  await using database = await createDatabase();
  await using place = await openSeederPlace(database);
  const feedId = await stoppedAfterThree(database, place);
  const [batch] = await database.prisma.appendBatch.findMany();
  const [core] = await database.prisma.feedCore.findMany();
  assert.deepEqual([batch?.payload, batch?.firstIndex], [null, 0n]);
  assert.deepEqual([core?.length, core?.byteLength], [3n, 3n]);
  assert.ok(core?.lastBlockAt);
  assert.equal(await contents(place, feedId), 'abc');
});

test('killed after deciding where a batch stands, it is appended there at the next start', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const feedId = await stoppedAfterThree(database, place);
  // A batch with a lower number that became visible only later must not take the decided place.
  const late = await queue(prisma, feedId, [Buffer.from('f')]);
  const seq = await queue(prisma, feedId, [Buffer.from('d'), Buffer.from('e')]);
  assert.ok(late < seq);
  await prisma.appendBatch.update({ where: { seq }, data: { firstIndex: 3n, endIndex: 5n } });
  const seeder = await place.start();
  await until(async () => (await pending(prisma, feedId)) === 0, 'all is appended');
  await place.stop(seeder);
  assert.equal(await contents(place, feedId), 'abcdef');
});

test('killed after appending and before saying so, a batch is not appended twice', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const feedId = await stoppedAfterThree(database, place);
  const more = [Buffer.from('d'), Buffer.from('e')];
  const seq = await queue(prisma, feedId, more);
  await prisma.appendBatch.update({ where: { seq }, data: { firstIndex: 3n, endIndex: 5n } });
  {
    await using opened = await openCore(place, feedId);
    await opened.core.append(more);
  }
  const seeder = await place.start();
  await until(async () => (await pending(prisma, feedId)) === 0, 'the batch is finished');
  await place.stop(seeder);
  assert.equal(await contents(place, feedId), 'abcde');
  const [core] = await prisma.feedCore.findMany();
  assert.equal(core?.length, 5n);
});

test('a core that does not fit what was recorded stops its feed and no other', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const feedId = await stoppedAfterThree(database, place);
  {
    await using opened = await openCore(place, feedId);
    await opened.core.append(Buffer.from('nobody knows of'));
  }
  const seq = await queue(prisma, feedId, [Buffer.from('d'), Buffer.from('e')]);
  await prisma.appendBatch.update({ where: { seq }, data: { firstIndex: 3n, endIndex: 5n } });
  const otherId = await addFeed(prisma);
  await queue(prisma, otherId, BLOCKS);
  await place.start();
  await coreKey(prisma, otherId, 3);
  assert.equal(await pending(prisma, feedId), 1);
});

test('twenty thousand small blocks in a batch take seconds at most', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using place = await openSeederPlace(database);
  const feedId = await stoppedAfterThree(database, place);
  const blocks = Array.from({ length: 20_000 }, (_, i) =>
    Buffer.from(`{"row":${i},"value":"small"}`),
  );
  await place.start();
  const startMs = performance.now();
  await queue(prisma, feedId, blocks);
  await coreKey(prisma, feedId, 20_003);
  const tookMs = performance.now() - startMs;
  console.log(`20,000 blocks in ${Math.round(tookMs)} ms`);
  assert.ok(tookMs < 10_000);
});
