import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { followSettlements } from '../../flow/follow-settlements.ts';
import { freePort } from '../support/free-port.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { type KillPoint, loadProgram } from '../support/process.ts';
import { listFeed, pay, placeOrder, readOrder, type ShopListing, until } from '../support/shop.ts';
import { stride } from '../support/sweep.ts';

// An order is placed from its lock to the row that says that its invoice is open.
const PLACING = {
  from: 'pg_try_advisory_xact_lock',
  to: 'UPDATE "public"."invoices"',
  only: ['"public"."invoices"', '"public"."orders"', '"public"."listings"'],
  warm: ['server/server.ts', 'boot/context.ts', 'boot/config.ts'],
};
const LEAST_POINTS = 12;

describe('a server that is killed while it places an order', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ workers: false });
    listing = await listFeed(market, []);
  });
  after(() => market[Symbol.asyncDispose]());

  it('A04 at any await, also after the node made the invoice, leaves one order to its Idempotency-Key', async (t) => {
    const step = stride(t);
    let next = await load(1);
    let at = 1;
    for (; await placeAndSee(next); at += step) next = await load(at + step);
    assert.ok(at > LEAST_POINTS, `point ${at} was not reached`);
  });

  it('A04 when the row of its invoice has left, heard or not, leaves one order that can be paid', async () => {
    const buyer = connect(market.sandbox.nodes.buyer);
    const stop = new AbortController();
    const watcher = followSettlements(market.deps, stop.signal);
    const point = { ...PLACING, from: PLACING.to, at: 1, when: 'sent' as const };
    const server = await load(point);
    const options = { idempotencyKey: hex(), buyerKey: hex() };
    await assert.rejects(placeOrder(await started(server), listing.slug, options));
    const order = await placeOrder(market, listing.slug, options);
    await pay(buyer, order);
    await until(async () => (await readOrder(market, order.id)).state === 'paid');
    await checkInvariants(market.db.prisma, market.lightning);
    stop.abort();
    await watcher;
  });

  const hex = () => randomBytes(32).toString('hex');

  async function load(point: number | KillPoint) {
    const port = await freePort();
    const killPoint =
      typeof point === 'number' ? { ...PLACING, at: point, when: 'answered' as const } : point;
    const loaded = loadProgram(market, 'server/main.ts', killPoint, { PORT: String(port) });
    return { loaded, url: `http://127.0.0.1:${port}` };
  }

  async function started({ loaded, url }: Awaited<ReturnType<typeof load>>): Promise<TestMarket> {
    await loaded.start();
    return { ...market, server: { ...market.server, url } };
  }

  /** Places an order with a server that is to die; says whether it did. Either way there is one order in the end. */
  async function placeAndSee(server: Awaited<ReturnType<typeof load>>): Promise<boolean> {
    await using _ = server.loaded;
    const options = { idempotencyKey: hex(), buyerKey: hex() };
    const doomed = await started(server);
    const first = await placeOrder(doomed, listing.slug, options).catch((error: Error) => error);
    if (first instanceof Error) assert.match(first.message, /fetch failed/);
    const order = await placeOrder(market, listing.slug, options);
    assert.equal(order.state, 'open');
    assert.ok(order.invoice, 'it can be paid');
    if (!(first instanceof Error)) assert.equal(order.id, first.id);
    const buyerKey = Buffer.from(options.buyerKey, 'hex');
    assert.equal(await market.db.prisma.order.count({ where: { buyerKey } }), 1);
    assert.equal(await market.db.prisma.invoice.count({ where: { order: { buyerKey } } }), 1);
    return first instanceof Error;
  }
});
