import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants } from '../support/invariants.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed } from '../support/shop.ts';
import type { Errand, Step } from './buyer-process.ts';
import { startBuyer } from './start-buyer.ts';

const PRICE_MSAT = 5_000n;
const SHORT_MS = 4_000;
const PLANS = [
  { name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: String(PRICE_MSAT) },
  { name: 'short', kind: 'time', periodMs: SHORT_MS, priceMsat: String(PRICE_MSAT) },
];

let market: TestMarket;
let directory: string;
let homes = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dazaar-killed-'));
  market = await startMarket();
});

after(async () => {
  await market[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function errandFor(plan: string): Promise<Errand & { feedId: string }> {
  const { slug, feedId } = await listFeed(market, [{ n: 0 }, { n: 1 }], PLANS);
  const answer = await fetch(`${market.server.url}/v1/listings/${slug}/card`);
  const home = join(directory, `home-${homes++}`);
  return { card: await answer.json(), home, sandboxDir: join(market.dir, 'sandbox'), plan, feedId };
}

/** What was paid for a feed, and how the grant stands. */
async function booked(feedId: string) {
  const { prisma } = market.db;
  const orders = await prisma.order.findMany({
    where: { listing: { feed: { id: feedId } }, state: 'paid' },
  });
  const payments = await prisma.payment.findMany({
    where: { orderId: { in: orders.map(({ id }) => id) } },
  });
  const paidMsat = payments.reduce((sum, { receivedMsat }) => sum + receivedMsat, 0n);
  return { orders, payments, paidMsat };
}

for (const step of ['ordered', 'asked', 'paid', 'waiting'] satisfies Step[]) {
  test(`a purchase over the swarm that is killed when it is ${step} goes on and is paid once`, async () => {
    const errand = await errandFor('hour');
    {
      await using first = startBuyer({ ...errand, stopAt: { step, times: 1 } });
      await first.heard('stopped');
    }
    await using second = startBuyer({ ...errand, blocks: 2 });
    await second.heard('block', 2);
    await second.exited();
    const { orders, payments, paidMsat } = await booked(errand.feedId);
    assert.deepEqual([orders.length, payments.length, paidMsat], [1, 1, PRICE_MSAT]);
    await checkInvariants(market.db.prisma, market.lightning);
  });
}

test('two processes that buy the same with one home place one order', async () => {
  const errand = await errandFor('hour');
  await using first = startBuyer({ ...errand, stopAt: { step: 'asked', times: 1 } });
  await first.heard('stopped');
  await using second = startBuyer({ ...errand, blocks: 2 });
  await second.heard('block', 2);
  await second.exited();
  const { payments } = await booked(errand.feedId);
  assert.equal(payments.length, 1);
});

test('renewals never exceed their budget nor pay a period twice, killed wherever they are', async () => {
  const errand = await errandFor('short');
  const renewals = 6n;
  const renew = { budgetMsat: String(renewals * PRICE_MSAT), aheadMs: 1_500 };
  {
    await using first = startBuyer({ ...errand, renew, stopAt: { step: 'asked', times: 2 } });
    await first.heard('stopped');
  }
  for (const step of ['asked', 'paid', 'paid'] satisfies Step[]) {
    const stopAt = { step, times: 1 };
    await using next = startBuyer({ ...errand, renew, isBought: true, stopAt });
    await next.heard('stopped');
  }
  for (let kill = 0; kill < 3; kill += 1) {
    await using next = startBuyer({ ...errand, renew, isBought: true });
    await next.heard('open');
    await sleep(Math.random() * SHORT_MS);
  }
  await using last = startBuyer({ ...errand, renew, isBought: true });
  const { code } = await last.heard('renewal-failed');
  assert.equal(code, 'budget-spent');
  await last.heard('invalid');
  const { orders, payments, paidMsat } = await booked(errand.feedId);
  assert.equal(paidMsat, PRICE_MSAT + renewals * PRICE_MSAT, 'the purchase, and all of the budget');
  assert.equal(payments.length, orders.length, 'each order is paid once');
  await checkInvariants(market.db.prisma, market.lightning);
});

test('access goes on without a gap while it is renewed', async () => {
  const errand = await errandFor('short');
  const renew = { budgetMsat: String(3n * PRICE_MSAT), aheadMs: 2_500 };
  await using buyer = startBuyer({ ...errand, renew });
  await buyer.heard('renewed', 3);
  assert.equal(buyer.told.filter(({ event }) => event === 'invalid').length, 0);
  await buyer.heard('invalid');
  const { payments } = await booked(errand.feedId);
  assert.equal(payments.length, 4);
});
