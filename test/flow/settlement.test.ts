import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parsePaymentRequest } from 'ln-service';
import type { Order } from '../../contract/index.ts';
import { followSettlements } from '../../flow/follow-settlements.ts';
import { lapseOrders } from '../../flow/lapse-orders.ts';
import { readOrder as readOrderView } from '../../flow/read-orders.ts';
import { settlePayment } from '../../flow/settle-payment.ts';
import type { Lightning, SettledInvoice } from '../../ports/lightning.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { connectSandbox, type SandboxClient } from '../../sandbox/client.ts';
import { settle } from '../../workers/settle.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, pay, placeOrder, readOrder, type ShopListing, until } from '../support/shop.ts';

const PRICE_MSAT = 5_000n;
const ROUNDS = 24;

describe('a settlement', () => {
  let market: TestMarket;
  let buyer: Lightning;
  let odd: SandboxClient;
  let router: SandboxClient;
  let listing: ShopListing;
  let nodeKey: string;
  before(async () => {
    market = await startMarket({ workers: false });
    const { nodes } = market.sandbox;
    buyer = connect(nodes.buyer);
    odd = connectSandbox(nodes.buyer);
    router = connectSandbox(nodes.router);
    listing = await list();
    nodeKey = await market.lightning.nodeKey();
  });
  after(async () => {
    odd.close();
    router.close();
    await market[Symbol.asyncDispose]();
  });
  afterEach(() => checkInvariants(market.db.prisma, market.lightning));

  const list = () =>
    listFeed(
      market,
      [],
      [
        { name: 'minute', kind: 'time', periodMs: 60_000, priceMsat: `${PRICE_MSAT}` },
        { name: 'forever', kind: 'forever', priceMsat: '1' },
        { name: 'free', kind: 'free' },
      ],
    );

  it('A01 delivered 100 times in parallel, by job and stream as well, is one payment, one credit and one grant', async () => {
    const order = await placeOrder(market, listing.slug);
    await pay(buyer, order);
    const settled = await settledInvoice(order);
    const stop = new AbortController();
    const deliveries = Array.from({ length: 100 }, (_, i) =>
      settlePayment(market.deps, { ...settled, nodeKey, movesCursor: i % 2 === 0 }),
    );
    const jobs = Array.from({ length: 5 }, () => settle(market.deps, order.invoice!.paymentHash));
    const watcher = followSettlements(market.deps, stop.signal);
    const outcomes = await Promise.all(deliveries);
    await Promise.all(jobs);
    stop.abort();
    // A stream that is ended while it opens may say so.
    await watcher.catch(() => {});
    const fresh = outcomes.filter((outcome) => outcome !== 'replayed');
    assert.ok(fresh.length <= 1, fresh.join());
    assert.equal((await readOrder(market, order.id)).state, 'paid');
    assert.deepEqual(await changes(order), ['issued']);
    const grant = (await readOrder(market, order.id)).grant!;
    assert.equal(grant.expiresAtMs! - grant.startsAtMs, 60_000);
    assert.equal(await refundable(order), 0n);
  });

  it('is seen whole or not at all by whoever reads the order meanwhile', async () => {
    const order = await placeOrder(market, listing.slug);
    await pay(buyer, order);
    const settled = { ...(await settledInvoice(order)), nodeKey, movesCursor: true };
    const meanwhile = market.db.prisma.$extends({
      query: {
        payment: {
          async findMany({ args, query }) {
            assert.equal(await settlePayment(market.deps, settled), 'settled');
            return query(args);
          },
        },
      },
    }) as unknown as PrismaClient;
    const seen = await readOrderView(meanwhile, order.id);
    assert.deepEqual([seen?.order.state, seen?.payments, seen?.grant], ['open', [], null]);
    const then = await readOrderView(market.db.prisma, order.id);
    assert.equal(then?.order.state, 'paid');
    assert.equal(then?.payments.length, 1);
    assert.equal(then?.grant?.state, 'live');
  });

  it('A05 at the instant at which its order expires wins, or the payer keeps the money; never both', async () => {
    const seen = { paid: 0, lapsed: 0 };
    const stop = new AbortController();
    const watcher = followSettlements(market.deps, stop.signal);
    for (let round = 0; round < ROUNDS; round++) {
      const order = await placeOrder(market, listing.slug);
      await expire(order);
      const [paid] = await Promise.all([
        buyer.pay({ bolt11: order.invoice!.bolt11, maxFeeMsat: 5_000n, timeoutMs: 20_000 }),
        // A payment takes 20 to 150 ms.
        sleep(round * 6).then(() =>
          Promise.all([lapseOrders(market.deps), lapseOrders(market.deps)]),
        ),
      ]);
      await until(async () => (await readOrder(market, order.id)).state !== 'open');
      const {
        state,
        payments: [payment],
        grant,
        invoice,
      } = await readOrder(market, order.id);
      const expected = paid.state === 'succeeded' ? 'paid' : 'lapsed';
      assert.equal(state, expected);
      seen[expected] += 1;
      assert.equal(payment?.outcome, state === 'paid' ? 'settled' : undefined);
      assert.equal(grant?.state, state === 'paid' ? 'live' : undefined);
      assert.equal(invoice?.state, state === 'paid' ? 'settled' : 'cancelled');
    }
    stop.abort();
    await watcher;
    assert.ok(seen.paid > 0 && seen.lapsed > 0, `both ends are reached: ${JSON.stringify(seen)}`);
  });

  it('A05 told a hundred times while its order is lapsed under it, still wins', async () => {
    for (let round = 0; round < 5; round++) {
      const order = await placeOrder(market, listing.slug);
      await pay(buyer, order);
      await expire(order);
      const settled = await settledInvoice(order);
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          i % 4 === 0
            ? lapseOrders(market.deps)
            : settlePayment(market.deps, { ...settled, nodeKey, movesCursor: false }),
        ),
      );
      const {
        state,
        payments: [payment],
      } = await readOrder(market, order.id);
      assert.deepEqual([state, payment?.outcome], ['paid', 'settled']);
      assert.deepEqual(await changes(order), ['issued']);
    }
  });

  it('A06 late, for what would cost no more today, is honoured', async () => {
    const order = await lapsedAndPaid(listing);
    const {
      state,
      payments: [payment],
      grant,
    } = await readOrder(market, order.id);
    assert.equal(state, 'paid');
    assert.equal(payment?.outcome, 'late_honoured');
    assert.equal(payment?.refundableMsat, '0');
    assert.equal(grant?.state, 'live');
  });

  it('A06 late, after the price was raised, is owed back, and the buyer sees it', async () => {
    const raised = await list();
    await assertRefundable(raised, () =>
      market.db.prisma.plan.updateMany({
        where: { listing: { slug: raised.slug }, name: 'minute' },
        data: { priceMsat: PRICE_MSAT + 1n },
      }),
    );
  });

  it('A06 late, after the plan was retired or the listing withdrawn, is owed back', async () => {
    const retired = await list();
    await assertRefundable(retired, () =>
      market.db.prisma.plan.updateMany({
        where: { listing: { slug: retired.slug } },
        data: { retiredAt: new Date() },
      }),
    );
    const withdrawn = await list();
    await assertRefundable(withdrawn, () =>
      market.db.prisma.listing.update({
        where: { slug: withdrawn.slug },
        data: { state: 'withdrawn' },
      }),
    );
  });

  it('A06 late, extends what the same key bought meanwhile', async () => {
    const buyerKey = randomBytes(32).toString('hex');
    const late = await placeOrder(market, listing.slug, { buyerKey });
    await forceLapse(late);
    const order = await placeOrder(market, listing.slug, { buyerKey });
    await pay(buyer, order);
    await settle(market.deps, order.invoice!.paymentHash);
    await pay(buyer, late);
    await settle(market.deps, late.invoice!.paymentHash);
    const {
      grant,
      payments: [payment],
    } = await readOrder(market, late.id);
    assert.equal(payment?.outcome, 'late_honoured');
    assert.equal(grant!.expiresAtMs! - grant!.startsAtMs, 120_000);
    assert.deepEqual(await changes(order), ['issued', 'extended']);
  });

  it('A07 is never of an amountless invoice: each names the price of its order, and a free plan has none', async () => {
    const free = await placeOrder(market, listing.slug, { plan: 'free' });
    assert.deepEqual([free.state, free.invoice, free.grant?.expiresAtMs], ['paid', null, null]);
    for (const [plan, quantity] of [
      ['minute', 1],
      ['minute', 1000],
      ['forever', 1],
    ] as const) {
      const order = await placeOrder(market, listing.slug, { plan, quantity });
      const price = plan === 'minute' ? PRICE_MSAT * BigInt(quantity) : 1n;
      const { mtokens, id } = parsePaymentRequest({ request: order.invoice!.bolt11 });
      assert.equal(mtokens, price.toString());
      assert.equal(order.priceMsat, price.toString());
      assert.equal(order.invoice!.amountMsat, price.toString());
      assert.equal(id, order.invoice!.paymentHash);
    }
    const amountless = market.db.prisma.invoice.create({
      data: { ...(await preparedInvoice(randomBytes(32))), amountMsat: 0n },
    });
    await assert.rejects(amountless, /invoices_amount/);
  });

  it('A08 of less than the price never happens, and its order stays open', async () => {
    const order = await placeOrder(market, listing.slug);
    for (const amountMsat of [1n, PRICE_MSAT - 1n]) {
      const { isPaid } = await odd.payOff(order.invoice!.bolt11, amountMsat);
      assert.equal(isPaid, false);
    }
    await settle(market.deps, order.invoice!.paymentHash);
    assert.deepEqual(
      [(await readOrder(market, order.id)).state, await changes(order)],
      ['open', []],
    );
  });

  it('A08 of less than the price, if a node let it through, buys nothing and is owed back', async () => {
    const order = await placeOrder(market, listing.slug);
    const short: SettledInvoice = {
      paymentHash: Buffer.from(order.invoice!.paymentHash, 'hex'),
      receivedMsat: PRICE_MSAT - 1n,
      settleIndex: 1_000_000n,
      settledAtMs: Date.now(),
    };
    await settlePayment(market.deps, { ...short, nodeKey, movesCursor: false });
    const {
      state,
      payments: [payment],
      grant,
    } = await readOrder(market, order.id);
    assert.deepEqual([state, payment?.outcome, grant], ['open', 'underpaid', null]);
    assert.equal(await refundable(order), PRICE_MSAT - 1n);
  });

  it('A09 of up to twice the price buys what was quoted, and the surplus is owed back', async () => {
    for (const amountMsat of [PRICE_MSAT + 1n, PRICE_MSAT * 2n]) {
      const order = await placeOrder(market, listing.slug);
      assert.ok((await odd.payOff(order.invoice!.bolt11, amountMsat)).isPaid);
      await settle(market.deps, order.invoice!.paymentHash);
      const {
        state,
        payments: [payment],
        grant,
      } = await readOrder(market, order.id);
      assert.deepEqual([state, payment?.outcome], ['paid', 'settled']);
      assert.equal(payment?.receivedMsat, amountMsat.toString());
      assert.equal(payment?.refundableMsat, (amountMsat - PRICE_MSAT).toString());
      assert.equal(await refundable(order), amountMsat - PRICE_MSAT);
      assert.equal(grant!.expiresAtMs! - grant!.startsAtMs, 60_000);
    }
  });

  it('A10 of a hash buys one order: neither the hash nor the invoice can be used again', async () => {
    const order = await placeOrder(market, listing.slug);
    const other = await placeOrder(market, listing.slug, { buyerKey: order.buyerKey });
    await pay(buyer, order);
    await settle(market.deps, order.invoice!.paymentHash);
    const { isPaid } = await router.payOff(order.invoice!.bolt11, PRICE_MSAT);
    assert.equal(isPaid, false, 'the node takes no second payment');

    const paymentHash = Buffer.from(order.invoice!.paymentHash, 'hex');
    const { preimage } = await market.db.prisma.invoice.findUniqueOrThrow({
      where: { paymentHash },
    });
    const reused = { ...(await preparedInvoice(preimage)), orderId: other.id };
    await assert.rejects(market.db.prisma.invoice.create({ data: reused }), { code: 'P2002' });

    const again = {
      ...(await settledInvoice(order)),
      settleIndex: 99_999n,
      nodeKey: '02'.repeat(33),
    };
    const outcome = await settlePayment(market.deps, { ...again, movesCursor: false });
    assert.equal(outcome, 'replayed');
    assert.equal((await readOrder(market, other.id)).state, 'open');
    assert.deepEqual(await changes(order), ['issued']);
  });

  it('of an invoice that no order of ours explains is recorded, and credits nobody', async () => {
    const preimage = randomBytes(32);
    const { bolt11 } = await market.lightning.createInvoice({
      preimage,
      amountMsat: 7_000n,
      description: 'foreign',
      expiresAtMs: Date.now() + 60_000,
    });
    await buyer.pay({ bolt11, maxFeeMsat: 5_000n, timeoutMs: 20_000 });
    const paymentHash = createHash('sha256').update(preimage).digest();
    await settle(market.deps, paymentHash.toString('hex'));
    const payment = await market.db.prisma.payment.findUniqueOrThrow({ where: { paymentHash } });
    assert.deepEqual([payment.outcome, payment.creditedMsat], ['unknown', 0n]);
  });

  async function settledInvoice(order: Order): Promise<SettledInvoice> {
    const hash = Buffer.from(order.invoice!.paymentHash, 'hex');
    const invoice = await market.lightning.lookUpInvoice(hash);
    assert.ok(invoice?.settled);
    return invoice.settled;
  }

  async function changes({ buyerKey }: Order): Promise<string[]> {
    const rows = await market.db.prisma.grantLog.findMany({
      where: { buyerKey: Buffer.from(buyerKey, 'hex') },
      orderBy: { seq: 'asc' },
    });
    return rows.map(({ change }) => change);
  }

  async function refundable({ id }: Order): Promise<bigint> {
    const account = await market.db.prisma.ledgerAccount.findUnique({
      where: { kind_owner: { kind: 'refundable', owner: id } },
    });
    return account?.balanceMsat ?? 0n;
  }

  async function expire({ id }: Order): Promise<void> {
    const expiresAt = new Date(Date.now() - 60_000);
    await market.db.prisma.order.update({ where: { id }, data: { expiresAt } });
  }

  async function forceLapse({ id }: Order): Promise<void> {
    await market.db.prisma.order.update({ where: { id }, data: { state: 'lapsed' } });
    await market.db.prisma.invoice.updateMany({
      where: { orderId: id },
      data: { state: 'cancelled' },
    });
  }

  // As if the node had not heard of the end of the order.
  async function lapsedAndPaid({ slug }: ShopListing, meanwhile?: () => Promise<unknown>) {
    const order = await placeOrder(market, slug);
    await forceLapse(order);
    await meanwhile?.();
    await pay(buyer, order);
    await settle(market.deps, order.invoice!.paymentHash);
    return order;
  }

  async function assertRefundable(shop: ShopListing, meanwhile: () => Promise<unknown>) {
    const order = await lapsedAndPaid(shop, meanwhile);
    const {
      state,
      payments: [payment],
      grant,
    } = await readOrder(market, order.id);
    assert.deepEqual([state, grant], ['lapsed', null]);
    assert.equal(payment?.outcome, 'late_refundable');
    assert.equal(payment?.refundableMsat, PRICE_MSAT.toString());
    assert.equal(await refundable(order), PRICE_MSAT);
    assert.deepEqual(await changes(order), []);
  }

  async function preparedInvoice(preimage: Uint8Array<ArrayBuffer>) {
    const order = await placeOrder(market, listing.slug);
    return {
      paymentHash: createHash('sha256').update(preimage).digest(),
      orderId: order.id,
      preimage,
      amountMsat: PRICE_MSAT,
      expiresAt: new Date(),
    };
  }
});
