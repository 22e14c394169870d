import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { recordView } from '../../flow/record-view.ts';
import { settlePayment } from '../../flow/settle-payment.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { answered, refused, send } from '../support/request.ts';
import { listFeed, placeOrder, type ShopListing, until } from '../support/shop.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PLANS = [
  { name: 'hour', kind: 'time', periodMs: HOUR_MS, priceMsat: '5001' },
  { name: 'day', kind: 'time', periodMs: DAY_MS, priceMsat: '70003' },
  { name: 'free', kind: 'free' },
];

describe('analytics', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ workers: false });
    listing = await listFeed(market, [], PLANS);
  });
  after(() => market[Symbol.asyncDispose]());

  const today = () => new Date().toISOString().slice(0, 10);
  const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
  const read = (what: string, query = '') =>
    send(market, `/v1/seller/analytics/${what}?${query}`, {
      headers: { authorization: `Bearer ${market.apiKey}` },
    });
  const listingRow = () =>
    market.db.prisma.listing.findUniqueOrThrow({ where: { slug: listing.slug } });
  let settleIndex = 0n;
  const settle = async (plan: string, receivedMsat?: bigint) => {
    const { invoice, id } = await placeOrder(market, listing.slug, { plan });
    const outcome = await settlePayment(market.deps, {
      paymentHash: Buffer.from(invoice!.paymentHash, 'hex'),
      receivedMsat: receivedMsat ?? BigInt(invoice!.amountMsat),
      settleIndex: ++settleIndex,
      settledAtMs: Date.now(),
      nodeKey: 'node',
      movesCursor: false,
    });
    return { id, outcome };
  };

  it('of revenue agree with the ledger to the msat, by plan and in total', async () => {
    await settle('hour');
    await settle('hour', 6_000n);
    await settle('day');
    assert.equal((await settle('day', 1n)).outcome, 'underpaid');
    const { total, days, to } = await answered(read('revenue'));
    const accounts = await market.db.prisma.ledgerAccount.findMany();
    const balance = (kind: string) =>
      accounts.filter((each) => each.kind === kind).reduce((sum, a) => sum + a.balanceMsat, 0n);
    assert.equal(BigInt(total.netMsat), balance('seller'));
    assert.equal(BigInt(total.commissionMsat), balance('commission'));
    assert.equal(BigInt(total.refundableMsat), balance('refundable'));
    assert.equal(BigInt(total.grossMsat), 5_001n * 2n + 70_003n);
    assert.equal(BigInt(total.netMsat) + BigInt(total.commissionMsat), BigInt(total.grossMsat));
    assert.equal(total.payments, 4);
    assert.equal(to, today());
    const last = days.at(-1);
    assert.deepEqual(
      last.plans.map((each: { plan: string; grossMsat: string }) => [each.plan, each.grossMsat]),
      [
        ['day', '70003'],
        ['hour', '10002'],
      ],
    );
    assert.equal(days.length, 30, 'empty days are there too');
    assert.equal(days[0].grossMsat, '0');
  });

  it('of the funnel lead from visitors over orders to paid ones', async () => {
    const own = await listFeed(market, [], PLANS);
    const { id } = await market.db.prisma.listing.findUniqueOrThrow({ where: { slug: own.slug } });
    const look = (address: string, userAgent?: string) =>
      recordView(market.deps, id, { address, userAgent });
    const views = () => market.db.prisma.listingView.count({ where: { listingId: id } });
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) look(address, 'Firefox');
    look('192.0.2.1', 'Safari');
    look('192.0.2.9', 'Googlebot/2.1');
    await until(async () => (await views()) === 3);
    await placeOrder(market, own.slug, { plan: 'hour' });
    await placeOrder(market, own.slug, { plan: 'free' });
    await answered(
      send(market, `/v1/listings/${own.slug}`, { headers: { 'user-agent': 'Opera' } }),
    );
    await until(async () => (await views()) === 4);
    const { days } = await answered(read('funnel', `listing=${own.slug}`));
    assert.deepEqual(days.at(-1), { day: today(), views: 4, orders: 2, paid: 1 });
    assert.deepEqual(days.at(-2), { day: daysAgo(1), views: 0, orders: 0, paid: 0 });
  });

  it('count a visitor whom the database does not name', async () => {
    const { id } = await listingRow();
    recordView(market.deps, id, { address: '198.51.100.7', userAgent: 'Firefox' });
    await until(
      async () => (await market.db.prisma.listingView.count({ where: { listingId: id } })) > 0,
    );
    const [row] = await market.db.prisma.listingView.findMany({ where: { listingId: id } });
    assert.equal(row!.visitor.length, 16);
    // Of no listing there is: nothing is written, and nobody hears of it.
    recordView(market.deps, randomUUID(), { address: '198.51.100.7', userAgent: undefined });
  });

  it('of grants follow what was live at the end of each day', async () => {
    const own = await listFeed(market, [], PLANS);
    const key = new BuyerKey();
    const { grant } = await placeOrder(market, own.slug, { plan: 'free', buyerKey: key.hex });
    const { feedId } = grant!;
    const other = await market.db.prisma.grant.create({
      data: { feedId, buyerKey: Buffer.alloc(32, 1), startsAt: new Date(), expiresAt: null },
    });
    const at = (days: number) => new Date(Date.now() - days * DAY_MS);
    // Live from five days ago for two days, then again from the day before yesterday until it was revoked yesterday.
    const rows = [
      { change: 'issued', at: at(5), startsAt: at(5), expiresAt: at(3) },
      { change: 'expired', at: at(3), startsAt: at(5), expiresAt: at(3) },
      { change: 'issued', at: at(2), startsAt: at(2), expiresAt: null },
      { change: 'revoked', at: at(1), startsAt: at(2), expiresAt: null },
    ] as const;
    for (const row of rows) {
      await market.db.prisma.grantLog.createMany({
        data: { grantId: other.id, feedId, buyerKey: Buffer.alloc(32, 1), ...row },
      });
    }
    const { days } = await answered(read('grants', `listing=${own.slug}&from=${daysAgo(6)}`));
    assert.deepEqual(
      days.map((each: { active: number; issued: number }) => [each.active, each.issued]),
      [
        [0, 0],
        [1, 1],
        [1, 0],
        [0, 0],
        [1, 1],
        [0, 0],
        [1, 1],
      ],
    );
    const { days: later } = await answered(
      read('grants', `listing=${own.slug}&from=${daysAgo(4)}`),
    );
    assert.equal(later[0].active, 1, 'what began before the range counts');
  });

  it('of usage add up what seeders wrote down', async () => {
    const hour = (offsetMs: number) =>
      new Date(Math.floor((Date.now() - offsetMs) / HOUR_MS) * HOUR_MS);
    const { feedId } = listing;
    const [a, b] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    await market.db.prisma.usage.createMany({
      data: [
        { feedId, buyerKey: a, hour: hour(DAY_MS), transport: 'swarm', blocks: 5n, bytes: 500n },
        { feedId, buyerKey: a, hour: hour(0), transport: 'swarm', blocks: 1n, bytes: 10n },
        { feedId, buyerKey: b, hour: hour(0), transport: 'swarm', blocks: 2n, bytes: 20n },
        { feedId, buyerKey: b, hour: hour(0), transport: 'http', blocks: 3n, bytes: 30n },
      ],
    });
    const { days } = await answered(read('usage', `listing=${listing.slug}`));
    const { slug } = listing;
    assert.deepEqual(days.at(-1).served, [
      { listing: slug, transport: 'http', buyers: 1, blocks: 3, bytes: 30 },
      { listing: slug, transport: 'swarm', buyers: 2, blocks: 3, bytes: 30 },
    ]);
    assert.equal(days.at(-2).served[0].blocks, 5);
    assert.deepEqual(days[0].served, []);
  });

  it('are of at most a year, the first day first', async () => {
    for (const query of [
      `from=${today()}&to=${daysAgo(1)}`,
      'from=2024-01-01&to=2025-01-01',
      'from=2020-01-01',
    ]) {
      await refused(read('revenue', query), 422, 'range-invalid');
    }
    assert.equal(
      (await answered(read('grants', 'from=2024-01-01&to=2024-12-31'))).days.length,
      366,
    );
    for (const query of ['from=yesterday', 'from=2026-02-30', 'to=2026-1-1', 'listing=%00']) {
      assert.equal((await read('funnel', query)).status, 400, query);
    }
  });
});
