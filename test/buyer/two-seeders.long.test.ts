import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { addFeed, coreKey, grant, queue } from '../seeder/market.ts';
import { type Stack, type StackProgram, startStack } from '../support/stack.ts';
import { buyerKeyIn, dazaar, startDazaar } from './cli.ts';

const WITHIN_MS = 60_000;

let stack: Stack;
let market: StackProgram;
let writer: StackProgram;
let copier: StackProgram;
let feedId: string;
let slug: string;
let blocks = 0;

before(async () => {
  stack = await startStack({ redis: false });
  market = await stack.start('server', 'server');
  writer = await stack.start('seeder', 'writer');
  const { prisma } = stack.db;
  feedId = await addFeed(prisma);
  const { listing } = await prisma.feed.findUniqueOrThrow({
    where: { id: feedId },
    include: { listing: true },
  });
  slug = listing.slug;
  await prisma.plan.create({
    data: { listingId: listing.id, name: 'free', kind: 'free', priceMsat: 0n },
  });
  await append(200);
  await coreKey(prisma, feedId, 200);
  copier = await stack.start('seeder', 'copier');
});

after(() => stack[Symbol.asyncDispose]());

test('pull --live goes on while either seeder is killed or stopped, byte for byte and without a block twice', async () => {
  const { prisma } = stack.db;
  const options = { home: join(stack.dir, 'home'), market: market.url };
  await dazaar(['keygen'], options);
  await grant(prisma, feedId, Buffer.from(await buyerKeyIn(options.home), 'hex'), null);
  const out = join(stack.dir, 'out.ndjson');
  const running = startDazaar(['pull', slug, '--live', '--out', out], options);
  await pulled(out);
  await connectedToBoth();
  for (const [copierEnds, writerEnds] of [
    ['SIGKILL', 'SIGTERM'],
    ['SIGTERM', 'SIGKILL'],
  ] as const) {
    await copier.kill(copierEnds);
    await append(20);
    await pulled(out, 'the writer alone serves what is appended');
    copier = await stack.start('seeder', 'copier');
    await connectedToBoth();
    await append(20);
    await writer.kill(writerEnds);
    await append(20);
    writer = await stack.start('seeder', 'writer');
    await pulled(out, 'what was queued meanwhile comes when the writer is back');
  }
  running.child.kill('SIGINT');
  assert.equal((await running.ended).code, 0);
});

test('with the writer dead, a whole feed is pulled and fetched from its copy', async () => {
  const { prisma } = stack.db;
  const options = { home: join(stack.dir, 'another'), market: market.url };
  await dazaar(['keygen'], options);
  await grant(prisma, feedId, Buffer.from(await buyerKeyIn(options.home), 'hex'), null);
  await writer.kill('SIGKILL');
  for (const command of ['pull', 'fetch']) {
    const out = join(stack.dir, command);
    const { code, stderr } = await dazaar([command, slug, '--out', out], options);
    assert.equal(code, 0, stderr);
    assert.equal(await readFile(out, 'utf8'), expected());
  }
});

async function append(count: number): Promise<void> {
  for (let i = 0; i < count; i += 5) {
    const rows = Array.from({ length: 5 }, () => Buffer.from(`{"n":${blocks++}}`));
    await queue(stack.db.prisma, feedId, rows);
  }
}

async function pulled(out: string, what = 'all blocks are there'): Promise<void> {
  let text = '';
  await until(async () => {
    text = await readFile(out, 'utf8').catch(() => '');
    return text.length >= expected().length;
  }, what);
  assert.equal(text, expected());
}

function expected(): string {
  return Array.from({ length: blocks }, (_, n) => `{"n":${n}}\n`).join('');
}

/** Until each seeder is connected to two peers: the other one, and the buyer. */
async function connectedToBoth(): Promise<void> {
  for (const seeder of [writer, copier]) {
    await until(async () => (await peersOf(seeder)) === 2, 'the buyer is connected to both');
  }
}

async function peersOf({ opsUrl }: StackProgram): Promise<number> {
  const metrics = await (await fetch(`${opsUrl}/metrics`)).text();
  return Number(/^dazaar_seeder_peers (\d+)$/m.exec(metrics)?.[1]);
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const giveUpAtMs = performance.now() + WITHIN_MS;
  while (!(await condition())) {
    if (performance.now() > giveUpAtMs) throw new Error(`not within ${WITHIN_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
