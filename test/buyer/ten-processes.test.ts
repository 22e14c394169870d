import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { encodeEntries } from '../../protocol/entry-batch.ts';
import { until } from '../seeder/loopback.ts';
import { putFile, queue, queuePayload } from '../seeder/market.ts';
import { checkInvariants } from '../support/invariants.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed } from '../support/shop.ts';
import type { Errand } from './buyer-process.ts';
import { type BuyerProcess, startBuyer } from './start-buyer.ts';

const PRICE_MSAT = 5_000n;
const SHORT_MS = 12_000;
const RENEWALS = 2;
const PLANS = [
  { name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: String(PRICE_MSAT) },
  { name: 'short', kind: 'time', periodMs: SHORT_MS, priceMsat: String(PRICE_MSAT) },
];
const KINDS = ['hypercore', 'hyperbee', 'hyperdrive'] as const;
type Kind = (typeof KINDS)[number];
/** Of each core, once all is written: a tree has a block of its own ahead of its entries. */
const LENGTHS = { hypercore: 2n, hyperbee: 3n, hyperdrive: 1n };
/** What each buyer does about the end of what was bought. */
const MANNERS = ['stays', 'lapses', 'renews'] as const;

let market: TestMarket;
let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dazaar-ten-'));
  market = await startMarket();
});

after(async () => {
  await market[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Puts up a feed with something in it. */
async function putUp(kind: Kind): Promise<{ card: unknown; feedId: string }> {
  const { slug, feedId } = await listFeed(market, [], PLANS, { feed: { kind } });
  const { prisma } = market.db;
  if (kind === 'hypercore') await queue(prisma, feedId, [0, 1].map(row));
  if (kind === 'hyperdrive') await putFile(prisma, feedId, '/hello.txt', Buffer.from('hello'));
  if (kind === 'hyperbee') {
    const changes = ['a', 'b'].map((key) => ({ op: 'put', key, value: { key } }) as const);
    await queuePayload(prisma, feedId, encodeEntries(changes), changes.length);
  }
  await until(async () => {
    const cores = await prisma.feedCore.findMany({ where: { feedId } });
    return cores.length > 0 && cores.every(({ length }) => length >= LENGTHS[kind]);
  }, `the ${kind} is written`);
  const answer = await fetch(`${market.server.url}/v1/listings/${slug}/card`);
  return { card: await answer.json(), feedId };
}

const row = (n: number) => Buffer.from(JSON.stringify({ n }));

async function isRead(kind: Kind, buyer: BuyerProcess): Promise<void> {
  if (kind === 'hypercore') {
    await buyer.heard('block', 2);
    const blocks = buyer.told.filter(({ event }) => event === 'block');
    assert.deepEqual(
      blocks.slice(0, 2).map(({ block }) => block),
      [{ n: 0 }, { n: 1 }],
    );
  }
  if (kind === 'hyperbee') {
    const { key, value } = await buyer.heard('entry', 2);
    assert.deepEqual([key, value], ['b', { key: 'b' }]);
  }
  if (kind === 'hyperdrive') {
    const { path, text } = await buyer.heard('file');
    assert.deepEqual([path, text], ['/hello.txt', 'hello']);
  }
}

test('nine buyers buy, read, renew and lapse over the swarm from a market whose HTTP is shut', async () => {
  const feeds = await Promise.all(KINDS.map(putUp));
  await market.server.close();
  await using stack = new AsyncDisposableStack();
  const buyers = KINDS.flatMap((kind, i) =>
    MANNERS.map((manner) => {
      const errand: Errand = {
        card: feeds[i]!.card,
        home: join(directory, `${kind}-${manner}`),
        sandboxDir: join(market.dir, 'sandbox'),
        plan: manner === 'stays' ? 'hour' : 'short',
      };
      const budgetMsat = String(BigInt(RENEWALS) * PRICE_MSAT);
      const renew = manner === 'renews' && { renew: { budgetMsat, aheadMs: 5_000 } };
      const buyer = stack.use(startBuyer({ ...errand, ...renew }));
      return { kind, manner, buyer };
    }),
  );
  await Promise.all(buyers.map(({ kind, buyer }) => isRead(kind, buyer)));
  const ending = buyers.filter(({ manner }) => manner !== 'stays');
  await Promise.all(ending.map(({ buyer }) => buyer.heard('invalid')));

  const { prisma } = market.db;
  await queue(prisma, feeds[0]!.feedId, [2, 3].map(row));
  for (const { kind, manner, buyer } of buyers) {
    if (kind === 'hypercore' && manner === 'stays') await buyer.heard('block', 4);
    const blocks = buyer.told.filter(({ event }) => event === 'block');
    const isShut = kind === 'hypercore' && manner !== 'stays';
    if (isShut) assert.equal(blocks.length, 2, 'I3: nothing more after the end');
    const renewed = buyer.told.filter(({ event }) => event === 'renewed');
    assert.equal(renewed.length, manner === 'renews' ? RENEWALS : 0);
  }

  const orders = await prisma.order.findMany({ where: { state: 'paid' } });
  const payments = await prisma.payment.findMany();
  const expected = KINDS.length * (1 + 1 + 1 + RENEWALS);
  assert.equal(orders.length, expected);
  assert.equal(payments.length, expected, 'I2: one payment an order');
  assert.equal(
    payments.reduce((sum, { receivedMsat }) => sum + receivedMsat, 0n),
    BigInt(expected) * PRICE_MSAT,
  );
  const grants = await prisma.grant.findMany();
  assert.equal(grants.length, buyers.length);
  assert.equal(new Set(grants.map(({ buyerKey }) => String(buyerKey))).size, buyers.length);
  const lastedMs = grants.map(({ startsAt, expiresAt }) => +expiresAt! - +startsAt);
  const wanted = [3_600_000, SHORT_MS, (1 + RENEWALS) * SHORT_MS];
  assert.deepEqual(
    [...new Set(lastedMs)].sort((a, b) => a - b),
    wanted.sort((a, b) => a - b),
  );
  await checkInvariants(prisma, market.lightning);
});
