import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { followSettlements } from '../../flow/follow-settlements.ts';
import { settlePayment } from '../../flow/settle-payment.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { watchPayments } from '../../workers/watch-payments.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { startProgram } from '../support/process.ts';
import { answered, send } from '../support/request.ts';
import { listFeed, pay, placeOrder, readOrder, type ShopListing, until } from '../support/shop.ts';

const PATIENCE_MS = 30_000;
const PRICE_MSAT = 5_000n;
// So late that only the stream can have told.
const NO_RECONCILING = { RECONCILE_SECONDS: '60' };

describe('watching the payments', () => {
  let market: TestMarket;
  let buyer: Lightning;
  let listing: ShopListing;
  let nodeKey: string;
  before(async () => {
    market = await startMarket({ workers: false });
    buyer = connect(market.sandbox.nodes.buyer);
    listing = await listFeed(market, []);
    nodeKey = await market.lightning.nodeKey();
  });
  after(() => market[Symbol.asyncDispose]());
  afterEach(() => checkInvariants(market.db.prisma, market.lightning));

  it('A02 a worker that was dead while payments settled hears of them at once, from its cursor', async () => {
    // Index 0 replays nothing, so the very first settlement may be left to the reconciler.
    const first = await startProgram(market, 'workers/main.ts', { RECONCILE_SECONDS: '1' });
    await isPaid(await payNew());
    await first.kill('SIGKILL');
    const missed = await Promise.all([payNew(), payNew(), payNew()]);
    await using _ = await startProgram(market, 'workers/main.ts', NO_RECONCILING);
    for (const id of missed) await isPaid(id);
    await until(async () => (await readCursor()) === (await lastIndex()));
  });

  it('A02 a market that was never followed begins with what the node has', async () => {
    await market.db.prisma.nodeCursor.deleteMany();
    const missed = [await payNew(), await payNew()];
    await following(async () => {
      for (const id of missed) await isPaid(id);
    });
    assert.equal(await readCursor(), await lastIndex());
  });

  it('A13 goes on by itself when the node was killed and came back', async () => {
    await watching(async () => {
      await isPaid(await payNew());
      await market.sandbox.restart();
      // Its callers wait a little longer each time before they try it again.
      const options = { idempotencyKey: randomKey(), buyerKey: randomKey() };
      await until(async () => (await post(options)).status === 201, PATIENCE_MS);
      const order = await placeOrder(market, listing.slug, options);
      await pay(buyer, order);
      await isPaid(order.id);
    });
  });

  it('A13 a node that is away is a 503 to whoever orders; the catalogue answers, and the same order is finished later', async () => {
    const key = new BuyerKey();
    const options = { idempotencyKey: randomBytes(16).toString('hex'), buyerKey: key.hex };
    await market.sandbox.kill('SIGKILL');
    const refused = await post(options);
    const problem = (await refused.json()) as { code: string };
    assert.deepEqual([refused.status, problem.code], [503, 'node-unreachable']);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.equal((await fetch(`${market.server.url}/v1/listings`)).status, 200);
    const body = key.tokenRequest(market);
    const { token } = await answered(send(market, '/v1/tokens', { body }), 201);
    const headers = { authorization: `Bearer ${token}` };
    await answered(send(market, '/v1/grants', { headers }));
    await market.sandbox.restart();
    await until(async () => (await post(options)).status === 201, PATIENCE_MS);
    const order = await placeOrder(market, listing.slug, options);
    await pay(buyer, order);
    await watching(() => isPaid(order.id));
    assert.equal(
      await market.db.prisma.order.count({
        where: { buyerKey: Buffer.from(options.buyerKey, 'hex') },
      }),
      1,
    );
  });

  it('A13 a node that has gone silent is a 503 within seconds, and holds up nothing else', async () => {
    await watching(async () => {
      process.kill(market.sandbox.pid, 'SIGSTOP');
      try {
        const options = { idempotencyKey: randomBytes(16).toString('hex'), buyerKey: randomKey() };
        const startedAtMs = Date.now();
        const refusal = post(options);
        assert.equal((await fetch(`${market.server.url}/v1/listings`)).status, 200);
        assert.equal((await refusal).status, 503);
        assert.ok(Date.now() - startedAtMs < 15_000);
      } finally {
        process.kill(market.sandbox.pid, 'SIGCONT');
      }
      await isPaid(await payNew());
    });
  });

  it('A14 a cursor that lies behind credits nothing twice', async () => {
    const [first] = await market.db.prisma.payment.findMany({
      orderBy: { settleIndex: 'asc' },
      take: 1,
    });
    await setCursor(first!.settleIndex);
    await following(async () => isPaid(await payNew()));
    assert.equal(await readCursor(), await lastIndex());
  });

  it('A14 indexes that begin again are noticed, and nothing is skipped', async () => {
    await setCursor(1_000n);
    const missed = await payNew();
    await following(async () => {
      await isPaid(await payNew());
      await isPaid(missed);
    });
    assert.equal(await readCursor(), await lastIndex(), 'the cursor follows the node');
  });

  it('A14 indexes that begin again are noticed also when the reconciler was first', async () => {
    const known = await placeOrder(market, listing.slug);
    const settleIndex = (await lastIndex()) + 1n;
    await setCursor(settleIndex + 1_000n);
    await settlePayment(market.deps, {
      paymentHash: Buffer.from(known.invoice!.paymentHash, 'hex'),
      receivedMsat: PRICE_MSAT,
      settleIndex,
      settledAtMs: Date.now(),
      nodeKey,
      movesCursor: false,
    });
    await following(async () => {
      await pay(buyer, known);
      await isPaid(await payNew());
    });
    assert.equal(await readCursor(), await lastIndex(), 'the cursor follows the node');
  });

  it('A14 every node has a cursor of its own', async () => {
    const before = await readCursor();
    const lightning = connect(market.sandbox.nodes.router);
    const { bolt11 } = await lightning.createInvoice({
      preimage: randomBytes(32),
      amountMsat: 1_000n,
      description: 'elsewhere',
      expiresAtMs: Date.now() + 60_000,
    });
    const otherKey = await lightning.nodeKey();
    await buyer.pay({ bolt11, maxFeeMsat: 1_000n, timeoutMs: 10_000 });
    const stop = new AbortController();
    const followed = followSettlements({ ...market.deps, lightning }, stop.signal);
    const where = { nodeKey: otherKey };
    await until(async () => (await market.db.prisma.payment.count({ where })) === 1);
    stop.abort();
    await followed;
    assert.equal(await readCursor(), before);
    assert.ok((await readCursor(otherKey)) >= 1n);
  });

  const randomKey = () => randomBytes(32).toString('hex');

  async function payNew(): Promise<string> {
    const order = await placeOrder(market, listing.slug);
    await pay(buyer, order);
    return order.id;
  }

  async function isPaid(id: string): Promise<void> {
    await until(async () => (await readOrder(market, id)).state === 'paid', PATIENCE_MS);
  }

  async function watching(work: () => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const watched = watchPayments(market.deps, stop.signal);
    try {
      await work();
    } finally {
      stop.abort();
      await watched;
    }
  }

  /** One stream, that is not started again. */
  async function following(work: () => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const opened = Promise.withResolvers<void>();
    const log = market.deps.log.child({});
    log.info = ((...args: unknown[]) =>
      args[1] === 'following settlements' && opened.resolve()) as typeof log.info;
    const followed = followSettlements({ ...market.deps, log }, stop.signal);
    await Promise.race([opened.promise, followed]);
    try {
      await Promise.race([work(), followed.then(() => assert.fail('the stream ended'))]);
    } finally {
      stop.abort();
      await followed;
    }
  }

  async function readCursor(key = nodeKey): Promise<bigint> {
    const row = await market.db.prisma.nodeCursor.findUnique({ where: { nodeKey: key } });
    return row?.settleIndex ?? 0n;
  }

  async function setCursor(settleIndex: bigint): Promise<void> {
    await market.db.prisma.nodeCursor.update({ where: { nodeKey }, data: { settleIndex } });
  }

  async function lastIndex(): Promise<bigint> {
    let last = 0n;
    for await (const { settleIndex } of market.lightning.settledSince(0)) {
      if (settleIndex > last) last = settleIndex;
    }
    return last;
  }

  function post({ idempotencyKey, buyerKey }: { idempotencyKey: string; buyerKey: string }) {
    return fetch(`${market.server.url}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ listing: listing.slug, plan: 'minute', quantity: 1, buyerKey }),
    });
  }
});
