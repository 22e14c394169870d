import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type AuthenticatedLnd, settleHodlInvoice } from 'ln-service';
import type { Payout } from '../../contract/payout.ts';
import { bookLock } from '../../domain/payout.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { book } from '../../flow/book.ts';
import {
  endPayout,
  type PayoutDeps,
  payOut,
  pendingPayouts,
  refusePayout,
} from '../../flow/pay-out.ts';
import { readBalance } from '../../flow/read-payouts.ts';
import { requestRefund, requestWithdrawal } from '../../flow/request-payout.ts';
import { settle } from '../../workers/settle.ts';
import { checkBooks, checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { heldInvoiceOf, invoiceOf, openPayee, strangersInvoice } from '../support/payee.ts';
import { call, listFeed, pay, placeOrder, readOrder, until } from '../support/shop.ts';

const PRICE_MSAT = 1_000_000n;
// The sandbox's market takes 5 %.
const EARNED_MSAT = 950_000n;
const FEE_LIMIT_MSAT = 20_000n;
const HOUR_MS = 3_600_000;

describe('payouts', () => {
  let market: TestMarket;
  let payee: AuthenticatedLnd;
  let deps: PayoutDeps;
  let slug: string;

  before(async () => {
    // No workers: each step is taken by the test.
    market = await startMarket({ workers: false });
    payee = openPayee(market.sandbox.nodes.buyer);
    deps = { ...market.deps, payer: market.lightning };
    ({ slug } = await listFeed(
      market,
      [],
      [{ name: 'minute', kind: 'time', periodMs: 60_000, priceMsat: PRICE_MSAT.toString() }],
    ));
  });
  after(() => market[Symbol.asyncDispose]());

  it('pays a seller, and what the routing did not cost comes back', async () => {
    await earn();
    const { availableMsat: before } = await balance();
    const bolt11 = await invoiceOf(payee, 300_000n);
    const payout = await request(bolt11, 201);
    assert.equal(payout.state, 'pending');
    assert.equal((await balance()).availableMsat, before - 300_000n - FEE_LIMIT_MSAT);
    assert.equal((await balance()).lockedMsat, 300_000n + FEE_LIMIT_MSAT);
    assert.equal(await payOut(deps, payout.id), 'paid');
    const paid = await read(payout.id);
    const feeMsat = BigInt(paid.feeMsat!);
    assert.ok(feeMsat <= FEE_LIMIT_MSAT);
    assert.match(paid.preimage!, /^[0-9a-f]{64}$/);
    assert.deepEqual(await balance(), {
      availableMsat: before - 300_000n - feeMsat,
      lockedMsat: 0n,
      paidOutMsat: 300_000n,
      feesMsat: feeMsat,
    });
    assert.deepEqual(await announced(payout.id), ['payout.paid']);
    await checkInvariants(market.db.prisma, market.lightning);
  });

  it('A17 of fifty who want the whole balance at once, one gets it', async () => {
    await earn();
    const { availableMsat } = await balance();
    const invoices = await Promise.all(
      Array.from({ length: 50 }, () => invoiceOf(payee, availableMsat - FEE_LIMIT_MSAT)),
    );
    const asked = await Promise.all(
      invoices.map((bolt11) => requestWithdrawal(rest(), market.sellerId, ask(bolt11))),
    );
    const accepted = asked.filter((each) => !isRefusal(each));
    assert.equal(accepted.length, 1);
    for (const each of asked) {
      if (isRefusal(each)) assert.equal(each.refused, 'balance-too-low');
    }
    assert.equal((await balance()).availableMsat, 0n);
    assert.deepEqual(await workOff(), ['paid']);
    await checkBooks(market.db.prisma);
  });

  it('A18, A19 under way, it stays locked whoever asks, and is resolved by its hash; paid once', async () => {
    await earn();
    const { bolt11, secret } = await heldInvoiceOf(payee, 100_000n);
    const payout = await request(bolt11, 201);
    // Whoever sends it may be gone by the time it ends: nobody waits for this one.
    const sending = payOut(deps, payout.id);
    await until(async () => (await tracked(payout)) === 'pending');
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => payOut(deps, payout.id))), [
      'pending',
      'pending',
      'pending',
    ]);
    assert.equal((await balance()).lockedMsat, 100_000n + FEE_LIMIT_MSAT);
    await settleHodlInvoice({ lnd: payee, secret });
    await until(async () => (await payOut(deps, payout.id)) === 'paid');
    assert.equal(await sending, 'paid');
    assert.deepEqual(await announced(payout.id), ['payout.paid']);
    await checkInvariants(market.db.prisma, market.lightning);
  });

  it('A19 marked and never sent, it waits until its invoice cannot be paid any more, and fails', async () => {
    await earn();
    const { availableMsat } = await balance();
    const payable = await killedBeforeSending(Date.now() + HOUR_MS);
    assert.equal(await payOut(deps, payable), 'pending');
    const expired = await killedBeforeSending(Date.now() - 120_000);
    assert.equal(await payOut(deps, expired), 'failed');
    assert.equal((await balance()).availableMsat, availableMsat - 1_000n - FEE_LIMIT_MSAT);
    assert.equal((await read(expired)).failure, 'expired-before-it-was-sent');
    await checkBooks(market.db.prisma);
    await market.db.prisma.payout.update({
      where: { id: payable },
      data: { sentAt: null, nodeKey: null },
    });
    await refusePayout(market.deps, payable);
    assert.equal((await balance()).availableMsat, availableMsat);
  });

  it('forgotten by a node that was restored from its seed, it stays locked until somebody ends it by hand', async () => {
    await earn();
    const { availableMsat } = await balance();
    // The router has the market's place: a node with none of the invoices that were paid before.
    const restored = connect(market.sandbox.nodes.router);
    const nodeKey = await restored.nodeKey();
    const { prisma, log } = market.deps;
    await movePayments(nodeKey);
    const [preimage, expired] = [randomBytes(32), Date.now() - 120_000];
    const paid = await killedBeforeSending(expired, nodeKey, preimage);
    const unpaid = await killedBeforeSending(expired, nodeKey);
    const amnesiac = { ...deps, payer: restored, lightning: restored };
    for (const id of [paid, unpaid]) assert.equal(await payOut(amnesiac, id), 'pending');
    await movePayments(await market.lightning.nodeKey());

    const wrong = await endPayout({ prisma, log }, paid, randomBytes(32));
    assert.ok(isRefusal(wrong), 'what was paid has its preimage');
    assert.deepEqual(await endPayout({ prisma, log }, paid, preimage), { state: 'paid' });
    assert.deepEqual(await endPayout({ prisma, log }, unpaid, null), { state: 'failed' });
    assert.deepEqual(await endPayout({ prisma, log }, unpaid, preimage), { state: 'failed' });
    assert.equal((await balance()).availableMsat, availableMsat - 1_000n - FEE_LIMIT_MSAT);
    await checkBooks(prisma);
  });

  it('sent by another node, it is left to that one', async () => {
    await earn();
    const id = await killedBeforeSending(Date.now() - 120_000, '02'.padEnd(66, '0'));
    assert.equal(await payOut(deps, id), 'pending');
    await market.db.prisma.payout.update({ where: { id }, data: { sentAt: null, nodeKey: null } });
    await refusePayout(market.deps, id);
  });

  it('A20 a route that costs more than the limit is not taken, and the money comes back', async () => {
    await earn();
    const { availableMsat } = await balance();
    const payout = await request(await invoiceOf(payee, 200_000n), 201, { maxFeeMsat: '0' });
    assert.equal(await payOut(deps, payout.id), 'failed');
    const failed = await read(payout.id);
    assert.match(failed.failure!, /route/);
    assert.equal((await balance()).availableMsat, availableMsat);
    assert.deepEqual(await announced(payout.id), ['payout.failed']);
  });

  it('A17 nobody has many payouts pending, however small they are', async () => {
    await earn();
    const expiresAtMs = Date.now() + HOUR_MS;
    const small = () => ({
      ...ask(strangersInvoice(1n, { expiresAtMs })),
      maxFeeMsat: 0n,
    });
    const asked = await Promise.all(
      Array.from({ length: 20 }, () => requestWithdrawal(rest(), market.sellerId, small())),
    );
    const refused = asked.filter(isRefusal);
    assert.equal(refused.length, 10);
    for (const each of refused) assert.equal(each.refused, 'too-many-payouts');
    for (const each of asked) if (!isRefusal(each)) await refusePayout(deps, each.id);
    assert.equal(isRefusal(await requestWithdrawal(rest(), market.sellerId, small())), false);
    assert.deepEqual(await workOff(), ['failed']);
  });

  it('A12, A21 an invoice that is not for us to pay is refused, and nothing is locked', async () => {
    await earn();
    const { availableMsat } = await balance();
    const own = await placeOrder(market, slug);
    const soon = Date.now() + HOUR_MS;
    const refused = [
      `lnbcrt${'q'.repeat(60)}`,
      await invoiceOf(payee, 0n),
      own.invoice!.bolt11,
      strangersInvoice(1_000n, { network: 'bitcoin', expiresAtMs: soon }),
      strangersInvoice(1_000n, { expiresAtMs: Date.now() - 1_000 }),
      strangersInvoice(1_000n, { expiresAtMs: Date.now() + 5_000 }),
    ];
    for (const bolt11 of refused) await request(bolt11, 422);
    await request(await invoiceOf(payee, availableMsat), 409);
    assert.equal((await balance()).availableMsat, availableMsat);
    assert.equal((await balance()).lockedMsat, 0n);
  });

  it('one invoice is paid out to once, and one key asks once', async () => {
    await earn();
    const bolt11 = await invoiceOf(payee, 50_000n);
    const key = randomBytes(8).toString('hex');
    const first = await request(bolt11, 201, { key });
    const again = await request(bolt11, 201, { key });
    assert.equal(again.id, first.id);
    await request(bolt11, 409);
    await request(await invoiceOf(payee, 50_000n), 422, { key });
    assert.deepEqual(await workOff(), ['paid']);
  });

  it('without a node to pay from, the money goes back at once', async () => {
    await earn();
    const { availableMsat } = await balance();
    const payout = await request(await invoiceOf(payee, 50_000n), 201);
    await refusePayout(market.deps, payout.id);
    assert.equal((await read(payout.id)).failure, 'payouts-are-off');
    assert.equal((await balance()).availableMsat, availableMsat);
  });

  it('A22 a refund that two wallets claim at once is paid to one', async () => {
    const buyerKey = randomBytes(32);
    const order = await placeOrder(market, slug, { buyerKey: buyerKey.toString('hex') });
    await market.db.prisma.plan.updateMany({ data: { retiredAt: new Date() } });
    await market.db.prisma.order.update({ where: { id: order.id }, data: { state: 'lapsed' } });
    await pay(connect(market.sandbox.nodes.buyer), order);
    await settle(market.deps, order.invoice!.paymentHash);
    await market.db.prisma.plan.updateMany({ data: { retiredAt: null } });
    assert.equal(
      (await readOrder(market, order.id)).payments.at(-1)?.refundableMsat,
      PRICE_MSAT.toString(),
    );
    const claim = async (key: Uint8Array) => {
      const bolt11 = await invoiceOf(payee, PRICE_MSAT - FEE_LIMIT_MSAT);
      return requestRefund(rest(), order.id, Uint8Array.from(key), ask(bolt11));
    };
    const stranger = await claim(randomBytes(32));
    assert.ok(isRefusal(stranger) && stranger.refused === 'order-not-found');
    const claims = await Promise.all([claim(buyerKey), claim(buyerKey)]);
    assert.equal(claims.filter(isRefusal).length, 1);
    assert.deepEqual(await workOff(), ['paid']);
    await checkInvariants(market.db.prisma, market.lightning);
  });

  it('A35 another seller’s payout is not there', async () => {
    const stranger = await market.db.prisma.seller.create({ data: { name: 'Stranger' } });
    await earn();
    const payout = await request(await invoiceOf(payee, 50_000n), 201);
    await market.db.prisma.payout.update({
      where: { id: payout.id },
      data: { sellerId: stranger.id },
    });
    await call(market, 'GET', `/v1/seller/payouts/${payout.id}`, undefined, 404);
    const page = (await call(market, 'GET', '/v1/seller/payouts', undefined, 200)) as {
      payouts: Payout[];
    };
    assert.ok(page.payouts.length > 0 && page.payouts.every(({ id }) => id !== payout.id));
  });

  async function earn(): Promise<void> {
    const order = await placeOrder(market, slug);
    await pay(connect(market.sandbox.nodes.buyer), order);
    await settle(market.deps, order.invoice!.paymentHash);
    assert.ok((await balance()).availableMsat >= EARNED_MSAT);
  }

  function balance() {
    return readBalance(market.db.prisma, market.sellerId);
  }

  function rest() {
    return { ...market.deps, chain: 'regtest' };
  }

  function ask(bolt11: string) {
    return { bolt11, maxFeeMsat: FEE_LIMIT_MSAT, idempotency: null };
  }

  async function request(
    bolt11: string,
    status: number,
    { maxFeeMsat = FEE_LIMIT_MSAT.toString(), key = randomBytes(8).toString('hex') } = {},
  ): Promise<Payout> {
    const answer = await fetch(`${market.server.url}/v1/seller/payouts`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${market.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify({ bolt11, maxFeeMsat }),
    });
    const text = await answer.text();
    assert.equal(answer.status, status, text);
    return JSON.parse(text);
  }

  async function read(id: string): Promise<Payout> {
    return (await call(market, 'GET', `/v1/seller/payouts/${id}`, undefined, 200)) as Payout;
  }

  async function workOff(): Promise<string[]> {
    const ids = await pendingPayouts(market.deps);
    return Promise.all(ids.map((id) => payOut(deps, id)));
  }

  async function announced(subjectId: string): Promise<string[]> {
    const rows = await market.db.prisma.outbox.findMany({ where: { subjectId } });
    return rows.map(({ topic }) => topic);
  }

  async function tracked({ paymentHash }: Payout): Promise<string> {
    return (await market.lightning.track(Buffer.from(paymentHash, 'hex'))).state;
  }

  /** What a worker leaves behind that is killed after it has marked a payout and before it has sent it. */
  /** What was paid is never changed: but to make one node look like another. */
  async function movePayments(nodeKey: string): Promise<void> {
    const { prisma } = market.db;
    await prisma.$transaction([
      prisma.$executeRaw`SET LOCAL session_replication_role = replica`,
      prisma.payment.updateMany({ data: { nodeKey } }),
    ]);
  }

  async function killedBeforeSending(
    expiresAtMs: number,
    node?: string,
    preimage = randomBytes(32),
  ): Promise<string> {
    const bolt11 = strangersInvoice(1_000n, { expiresAtMs, preimage });
    const { paymentHash } = market.lightning.readInvoice(bolt11)!;
    const nodeKey = node ?? (await market.lightning.nodeKey());
    const { sellerId } = market;
    return market.db.prisma.$transaction(async (tx) => {
      const { id } = await tx.payout.create({
        data: {
          kind: 'withdrawal',
          sellerId,
          bolt11,
          paymentHash: Uint8Array.from(paymentHash),
          amountMsat: 1_000n,
          maxFeeMsat: FEE_LIMIT_MSAT,
          sentAt: new Date(),
          nodeKey,
        },
      });
      const source = { kind: 'seller' as const, owner: sellerId };
      const entries = bookLock({
        payoutId: id,
        source,
        amountMsat: 1_000n,
        maxFeeMsat: FEE_LIMIT_MSAT,
      });
      await book(tx, { kind: 'payout-locked', payoutId: id }, entries);
      return id;
    });
  }
});
