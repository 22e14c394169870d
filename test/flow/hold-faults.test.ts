import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../../contract/index.ts';
import type { FlowDeps } from '../../flow/deps.ts';
import { expireGrant } from '../../flow/end-grants.ts';
import { endHold } from '../../flow/end-hold.ts';
import { holdPayment } from '../../flow/hold-payment.ts';
import { lapseOrders } from '../../flow/lapse-orders.ts';
import { missedHolds, unfinishedHolds } from '../../flow/read-holds.ts';
import { type Lightning, NodeUnreachable } from '../../ports/lightning.ts';
import { connectSandbox, type SandboxClient } from '../../sandbox/client.ts';
import { settle } from '../../workers/settle.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import {
  assertFailed,
  atNode,
  changesOf,
  endHoldNow,
  expireOrder,
  HELD_PRICE_MSAT,
  hashOf,
  invoiceRow,
  isLetIn,
  listHeld,
  payHeld,
  restartSeeder,
} from '../support/hold.ts';
import { checkBooks, checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import {
  listFeed,
  type OrderOptions,
  placeOrder,
  readOrder,
  type ShopListing,
  until,
} from '../support/shop.ts';

const HOLD_MS = 60_000;
const ORDER_TTL_MS = 600_000;
const ROUNDS = 8;
const MAX_ROUNDS = 48;

describe('a held payment, with nobody but the test to move it on,', () => {
  let market: TestMarket;
  let buyer: Lightning;
  let odd: SandboxClient;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ workers: false, orderTtlMs: ORDER_TTL_MS });
    buyer = connect(market.sandbox.nodes.buyer);
    odd = connectSandbox(market.sandbox.nodes.market);
    listing = await listHeld(market);
  });
  after(async () => {
    odd.close();
    await market.seeder.stop();
    await market[Symbol.asyncDispose]();
  });
  afterEach(() => checkInvariants(market.db.prisma, market.lightning));

  const end = (order: Order, deps: FlowDeps = market.deps) => endHold(deps, hashOf(order));
  const record = (order: Order, holdMs = HOLD_MS) =>
    holdPayment(market.deps, holdMs, hashOf(order));
  const stateOf = async ({ id }: Order) => (await readOrder(market, id)).state;
  const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const letIn = (order: Order) => isLetIn(market.seeder, listing, order);

  it('A01 told a hundred times, by every way at once, is taken once', async () => {
    const { order } = await arrived();
    await Promise.all([
      ...Array.from({ length: 40 }, () => record(order)),
      ...Array.from({ length: 40 }, () => end(order)),
      ...Array.from({ length: 10 }, () => lapseOrders(market.deps)),
      ...Array.from({ length: 10 }, () => settle(market.deps, order.invoice!.paymentHash)),
    ]);
    await checkBooks(market.db.prisma);
    await untilServed(order);
    await Promise.all([
      ...Array.from({ length: 20 }, () => end(order)),
      ...Array.from({ length: 20 }, () => record(order)),
      ...Array.from({ length: 10 }, () => settle(market.deps, order.invoice!.paymentHash)),
    ]);
    assert.equal(await stateOf(order), 'paid');
    assert.deepEqual(await changesOf(market, order), ['issued']);
  });

  it('A05 that is taken and given back at the same instant ends as the node says; never both', async () => {
    const seen = { paid: 0, lapsed: 0 };
    for (let round = 0; round < ROUNDS || seen.paid === 0 || seen.lapsed === 0; round++) {
      assert.ok(round < MAX_ROUNDS, `both ends are reached: ${JSON.stringify(seen)}`);
      const { order, paid } = await held();
      await Promise.all([
        end(order),
        // To take one takes 10 to 60 ms.
        sleep((round * 9) % 64).then(() => market.lightning.cancelInvoice(hashOf(order))),
        sleep((round * 5) % 16).then(() => end(order)),
      ]);
      await end(order);
      const expected = (await paid).state === 'succeeded' ? 'paid' : 'lapsed';
      assert.equal(await stateOf(order), expected);
      seen[expected] += 1;
    }
  });

  it('A15 is given back by the node itself when all else is dead, and the order says so afterwards', async () => {
    const [known, unknown] = [await held(), await arrived()];
    await mineToDeadline(known.order, unknown.order);
    await Promise.all([assertFailed(known.paid), assertFailed(unknown.paid)]);
    await end(known.order);
    const { state, lapseReason } = await readOrder(market, known.order.id);
    assert.deepEqual([state, lapseReason], ['lapsed', 'undelivered']);
    await record(unknown.order);
    assert.equal(await stateOf(unknown.order), 'open');
    await expireOrder(market, unknown.order);
    await lapseOrders(market.deps);
    assert.equal(await stateOf(unknown.order), 'lapsed');
    await until(async () => !letIn(known.order));
  });

  it('A15 is given back, though the buyer is let in, when its blocks run out', async () => {
    const { order, paid } = await held();
    const { blocksLeft } = (await atNode(market, order))!;
    assert.ok(blocksLeft! > 60, `${blocksLeft} blocks are left at first`);
    await odd.mine(blocksLeft! - 29);
    await until(async () => (await atNode(market, order))?.blocksLeft === 29);
    await end(order);
    await assertFailed(paid);
    assert.equal(await stateOf(order), 'lapsed');
    await until(async () => !letIn(order));
  });

  it('counts as in time if it arrived in time, however late anybody comes by', async () => {
    const { order, paid } = await arrived();
    await expireOrder(market, order);
    assert.equal(await lapseOrders(market.deps), 0);
    await record(order);
    assert.equal(await lapseOrders(market.deps), 0);
    await untilServed(order);
    await end(order);
    assert.equal((await paid).state, 'succeeded');
    const { state, payments } = await readOrder(market, order.id);
    assert.deepEqual([state, payments[0]?.outcome], ['paid', 'settled']);
  });

  it('A02 of which nobody was told is found by asking the node, and at the end of its order at the latest', async () => {
    const { order } = await arrived();
    const unpaid = await placeOrder(market, listing.slug);
    const missed = await missedHolds(market.deps);
    assert.deepEqual(missed.map(hexOf), [order.invoice!.paymentHash]);
    await market.db.prisma.invoice.update({
      where: { paymentHash: hashOf(order) },
      data: { expiresAt: new Date() },
    });
    const { held: known, overdue } = await unfinishedHolds(market.db.prisma);
    assert.deepEqual([known, overdue.map(hexOf)], [[], [order.invoice!.paymentHash]]);
    await record(order);
    await untilServed(order);
    await end(order);
    assert.deepEqual([await stateOf(order), await stateOf(unpaid)], ['paid', 'open']);
  });

  it('waits, while no seeder has said that it lets the buyer in, until its time is over', async () => {
    const { order, paid } = await arrived();
    // A seeder that is there would speak for the dead one.
    await market.seeder.stop();
    await record(order, 1_500);
    await market.db.prisma.invoice.update({
      where: { paymentHash: hashOf(order) },
      data: { servedAt: new Date(), servedBy: Uint8Array.from(randomBytes(32)) },
    });
    await end(order);
    assert.equal((await atNode(market, order))?.state, 'held', 'nobody has seen that seeder');
    await until(async () => (await invoiceRow(market, order)).holdEndsAt!.getTime() < Date.now());
    await end(order);
    await assertFailed(paid);
    assert.equal((await readOrder(market, order.id)).lapseReason, 'undelivered');
    market.seeder = await restartSeeder(market);
  });

  it('lets the buyer in no longer than it lasts, also when nobody ends it', async () => {
    const { order, paid } = await arrived();
    await record(order, 2_000);
    await until(async () => letIn(order));
    await until(async () => !letIn(order));
    assert.equal((await invoiceRow(market, order)).state, 'held');
    await end(order);
    await assertFailed(paid);
  });

  it('A29 lets the buyer in again after the seeder was restarted, and is taken then', async () => {
    const { order, paid } = await held();
    await market.seeder.stop();
    await end(order);
    assert.equal(
      (await atNode(market, order))?.state,
      'held',
      'a seeder that has left serves nobody',
    );
    const seeder = await restartSeeder(market);
    market.seeder = seeder;
    await until(async () => letIn(order));
    await end(order);
    assert.equal((await paid).state, 'succeeded');
    assert.equal(await stateOf(order), 'paid');
  });

  it('A18 whose taking is not answered is looked up, and paid for once', async () => {
    const { order, paid } = await held();
    const { pid } = market.sandbox;
    const silent: Lightning = {
      ...market.lightning,
      settleHeld: (preimage) => {
        process.kill(pid, 'SIGSTOP');
        return market.lightning.settleHeld(preimage);
      },
    };
    try {
      await assert.rejects(end(order, { ...market.deps, lightning: silent }), NodeUnreachable);
      assert.equal((await invoiceRow(market, order)).state, 'held');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    // Also if by then its time is over.
    await endHoldNow(market, order);
    await until(async () => (await atNode(market, order).catch(() => null))?.state === 'settled');
    await end(order);
    assert.equal((await paid).state, 'succeeded');
    assert.equal(await stateOf(order), 'paid');
  });

  it('keeps a buyer in whose grant ends meanwhile, and lets the grant stand when it is given back', async () => {
    const { hex: buyerKey } = new BuyerKey();
    const [ending, lasting] = [await held({ buyerKey }), new BuyerKey().hex];
    await end(ending.order);
    const renewal = await held({ buyerKey });
    const { grant } = await readOrder(market, ending.order.id);
    await market.db.prisma.grant.update({
      where: { id: grant!.id },
      data: { startsAt: new Date(Date.now() - 5_000), expiresAt: new Date(Date.now() - 1_000) },
    });
    await expireGrant(market.deps, grant!.id);
    await sleep(1_500);
    assert.ok(letIn(renewal.order), 'the record of the end does not shut out who is held for');
    await giveBack(renewal.order);
    await until(async () => !letIn(renewal.order));

    const first = await held({ buyerKey: lasting });
    await end(first.order);
    const before = (await readOrder(market, first.order.id)).grant;
    const second = await held({ buyerKey: lasting });
    await giveBack(second.order);
    await sleep(1_500);
    assert.ok(letIn(first.order));
    assert.deepEqual((await readOrder(market, first.order.id)).grant, before);
  });

  it('A04 has one invoice, also when the server died before it knew of it', async () => {
    const options = {
      idempotencyKey: randomBytes(16).toString('hex'),
      buyerKey: new BuyerKey().hex,
    };
    const order = await placeOrder(market, listing.slug, options);
    const lost = { state: 'preparing', bolt11: null, nodeKey: null } as const;
    await market.db.prisma.invoice.update({ where: { paymentHash: hashOf(order) }, data: lost });
    const again = await placeOrder(market, listing.slug, options);
    assert.equal(again.invoice?.bolt11, order.invoice?.bolt11);
    assert.equal((await atNode(market, order))?.state, 'open');
  });

  it('A08 of less than the price never is one', async () => {
    const order = await placeOrder(market, listing.slug);
    const payer = connectSandbox(market.sandbox.nodes.buyer);
    const { isPaid } = await payer.payOff(order.invoice!.bolt11, HELD_PRICE_MSAT - 1n);
    payer.close();
    assert.equal(isPaid, false);
    await record(order);
    assert.deepEqual(
      [await stateOf(order), (await invoiceRow(market, order)).state],
      ['open', 'open'],
    );
  });

  it('of a listing that takes payments directly is none', async () => {
    const direct = await placeOrder(market, (await listFeed(market, [])).slug);
    await record(direct);
    await end(direct);
    assert.equal((await invoiceRow(market, direct)).state, 'open');
    await holdPayment(market.deps, HOLD_MS, Uint8Array.from(randomBytes(32)));
    await endHold(market.deps, Uint8Array.from(randomBytes(32)));
  });

  /** Paid, and held at the node; nobody has heard of it. */
  async function arrived(options: OrderOptions = {}) {
    const order = await placeOrder(market, listing.slug, options);
    return { order, ...(await payHeld(market, buyer, order)) };
  }

  /** Recorded as well, and the buyer let in. */
  async function held(options: OrderOptions = {}) {
    const payment = await arrived(options);
    await record(payment.order);
    await untilServed(payment.order);
    return payment;
  }

  async function untilServed(order: Order): Promise<void> {
    await until(async () => (await invoiceRow(market, order)).servedAt !== null);
  }

  async function giveBack(order: Order): Promise<void> {
    await market.lightning.cancelInvoice(hashOf(order));
    await end(order);
    assert.equal(await stateOf(order), 'lapsed');
  }

  // Payers choose a deadline that is some blocks later than they must.
  async function mineToDeadline(...orders: Order[]): Promise<void> {
    const invoices = await Promise.all(orders.map((order) => atNode(market, order)));
    const blocks = Math.max(...invoices.map((invoice) => invoice!.blocksLeft!));
    await odd.mine(blocks - 18);
    for (const order of orders) {
      await until(async () => (await atNode(market, order))?.state === 'cancelled');
    }
  }
});
