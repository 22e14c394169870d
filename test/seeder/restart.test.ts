import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Corestore from 'corestore';
import DHT from 'hyperdht';
import { createDatabase } from '../support/database.ts';
import { kill, startChild } from './child.ts';
import {
  connectBuyer,
  openTestnet,
  type TestBuyer,
  temporaryDirectory,
  until,
} from './loopback.ts';
import { addFeed, coreKey, grant, queue } from './market.ts';

const SERVES_WITHIN_MS = 2_000;
// The claim is 2 s; a shared machine that is busy with other tests is given this much again.
const SLACK_MS = 3_000;

test('A29: killed and started again, a seeder serves live grants within 2 s and nobody pays twice', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using testnet = await openTestnet();
  await using directory = await temporaryDirectory();
  const start = () =>
    startChild({ database, dataDir: directory.path, bootstrap: testnet.bootstrap });
  const seed = randomBytes(32);
  const feedId = await addFeed(prisma);
  await grant(prisma, feedId, DHT.keyPair(seed).publicKey, new Date(Date.now() + 60_000));
  const first = await start();
  await queue(prisma, feedId, [Buffer.from('zero'), Buffer.from('one')]);
  const key = await coreKey(prisma, feedId, 2);
  {
    await using buyer = await connectBuyer(testnet.bootstrap, first.key, { seed });
    assert.equal(String(await (await buyer.open(key)).get(0, { timeout: 10_000 })), 'zero');
    await kill(first.child);
  }
  const second = await start();
  const upAtMs = performance.now();
  await using buyer = await connectBuyer(testnet.bootstrap, second.key, { seed });
  assert.equal(String(await (await buyer.open(key)).get(1, { timeout: 10_000 })), 'one');
  const tookMs = performance.now() - upAtMs;
  assert.deepEqual(second.key, first.key);
  assert.ok(tookMs < SERVES_WITHIN_MS + SLACK_MS, `served after ${Math.round(tookMs)} ms`);
  assert.equal(await prisma.grantLog.count(), 1);
  await kill(second.child);
});

test('A28 A29: what a plan leaves out stays out, told by the log, and by a snapshot after a restart', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using testnet = await openTestnet();
  await using directory = await temporaryDirectory();
  const place = { database, dataDir: directory.path, bootstrap: testnet.bootstrap };
  const seed = randomBytes(32);
  const feedId = await addFeed(prisma);
  const first = await startChild(place);
  await queue(
    prisma,
    feedId,
    ['zero', 'one', 'two'].map((text) => Buffer.from(text)),
  );
  const key = await coreKey(prisma, feedId, 3);
  const reach = { fromBlock: 2n, maxConnections: 1 };
  await grant(prisma, feedId, DHT.keyPair(seed).publicKey, null, reach);
  const isKept = async (seederKey: Buffer) => {
    const told = (buyer: TestBuyer) => buyer.said.at(-1);
    await using one = await connectBuyer(testnet.bootstrap, seederKey, { seed });
    one.channel.subscribe({ feedId });
    await until(() => 'valid' in (told(one) ?? {}), 'the first machine is let in');
    const copy = await one.open(key);
    assert.equal(String(await copy.get(2, { timeout: 10_000 })), 'two');
    await assert.rejects(copy.get(1, { timeout: 500 }));
    await using other = await connectBuyer(testnet.bootstrap, seederKey, { seed });
    other.channel.subscribe({ feedId });
    await until(() => 'invalid' in (told(other) ?? {}), 'the second machine waits');
  };
  await isKept(first.key);
  await kill(first.child);
  const second = await startChild(place);
  await isKept(second.key);
  await kill(second.child);
});

test('killed again and again while it appends, a seeder loses no block, doubles none and keeps their order', async () => {
  await using database = await createDatabase();
  const { prisma } = database;
  await using testnet = await openTestnet();
  await using directory = await temporaryDirectory();
  const place = { database, dataDir: directory.path, bootstrap: testnet.bootstrap };
  const feedId = await addFeed(prisma);
  const expected: string[] = [];
  for (let batch = 0; batch < 150; batch++) {
    const blocks = Array.from({ length: 1 + (batch % 7) }, (_, i) => `${batch}.${i}`);
    expected.push(...blocks);
    await queue(
      prisma,
      feedId,
      blocks.map((block) => Buffer.from(block)),
    );
    // A large one now and then, so that kills fall between batches and not only before or after all of them.
    if (batch % 50 === 25) {
      const large = `${batch} ${'x'.repeat(4_000_000)}`;
      expected.push(large);
      await queue(prisma, feedId, [Buffer.from(large)]);
    }
  }
  const appended = () => prisma.appendBatch.count({ where: { appendedAt: { not: null } } });
  for (const delayMs of [0, 30, 90]) {
    const { child } = await startChild(place);
    await sleep(delayMs);
    await kill(child);
  }
  const last = await startChild(place);
  await until(async () => (await appended()) === 153, 'every batch is appended', 30_000);
  await kill(last.child);
  const store = new Corestore(`${directory.path}/seeder/cores`);
  const core = store.get({ name: feedId });
  await core.ready();
  const actual: string[] = [];
  for (let index = 0; index < core.length; index++) actual.push(String(await core.get(index)));
  await store.close();
  assert.equal(actual.length, expected.length);
  assert.ok(actual.every((block, index) => block === expected[index]));
});
