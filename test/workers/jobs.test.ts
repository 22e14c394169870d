import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openQueue } from '../../adapters/queue/queue.ts';
import type { Order } from '../../contract/index.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { startWorkers } from '../../workers/workers.ts';
import { checkBooks, checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { QUEUES, type QueuePlace } from '../support/queues.ts';
import { listFeed, pay, placeOrder, readOrder, type ShopListing, until } from '../support/shop.ts';

const PERIOD_MS = 1_000;
const PATIENCE_MS = 30_000;

describe('the workers', () => {
  let market: TestMarket;
  let buyer: Lightning;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ workers: false });
    buyer = connect(market.sandbox.nodes.buyer);
    listing = await listFeed(
      market,
      [],
      [{ name: 'short', kind: 'time', periodMs: PERIOD_MS, priceMsat: '1000' }],
    );
  });
  after(() => market[Symbol.asyncDispose]());

  for (const kind of QUEUES) {
    describe(`with jobs on ${kind.name}`, { skip: kind.skip }, () => {
      let place: QueuePlace;
      let stop: () => Promise<void>;
      const start = async () => {
        const queue = openQueue(await place.open(), market.deps.log);
        const { listen, lead } = market.db;
        stop = await startWorkers({
          ...market.deps,
          listen,
          lead,
          queue,
          reconcileEveryMs: 1_000,
          holdMs: 60_000,
        });
      };
      before(async () => {
        place = await kind.create();
        await start();
      });
      afterEach(() => checkInvariants(market.db.prisma, market.lightning));
      after(async () => {
        await stop();
        await place[Symbol.asyncDispose]();
      });

      it('settle a payment, and end its grant at its time, in the record', async () => {
        const order = await buy();
        await until(() => isExpired(order), PATIENCE_MS);
        assert.deepEqual(await changes(order), ['issued', 'expired']);
        const [ended] = await logOf(order, 'expired');
        assert.ok(ended!.at >= ended!.expiresAt!, 'not before its time');
      });

      it('end an extended grant at its new end only', async () => {
        const buyerKey = randomBytes(32).toString('hex');
        const first = await buy({ buyerKey, quantity: 3 });
        const order = await buy({ buyerKey });
        await until(() => isExpired(order), PATIENCE_MS);
        const grant = (await readOrder(market, first.id)).grant!;
        assert.equal(grant.expiresAtMs! - grant.startsAtMs, 4 * PERIOD_MS);
        assert.deepEqual(await changes(order), ['issued', 'extended', 'expired']);
        const [ended] = await logOf(order, 'expired');
        assert.ok(ended!.at.getTime() >= grant.expiresAtMs!);
      });

      it('give an ended grant a new start when its key buys again', async () => {
        const buyerKey = randomBytes(32).toString('hex');
        const first = await buy({ buyerKey });
        await until(() => isExpired(first), PATIENCE_MS);
        const again = await buy({ buyerKey });
        await until(() => isExpired(again), PATIENCE_MS);
        assert.deepEqual(await changes(again), ['issued', 'expired', 'issued', 'expired']);
        const grant = (await readOrder(market, again.id)).grant!;
        assert.equal(grant.expiresAtMs! - grant.startsAtMs, PERIOD_MS, 'the lapse is not charged');
      });

      it('lapse an order that nobody pays, and make its invoice unpayable', async () => {
        const order = await placeOrder(market, listing.slug, { plan: 'short' });
        await expireOrder(order);
        await until(async () => (await readOrder(market, order.id)).state === 'lapsed');
        const paid = await buyer.pay({
          bolt11: order.invoice!.bolt11,
          maxFeeMsat: 5_000n,
          timeoutMs: 10_000,
        });
        assert.equal(paid.state, 'failed');
      });

      it('A02 find by reconciling what the stream never told', async () => {
        await stop();
        const order = await placeOrder(market, listing.slug, { plan: 'short', quantity: 100 });
        await pay(buyer, order);
        await skipCursor(order);
        const startedAt = Date.now();
        await start();
        await until(async () => (await readOrder(market, order.id)).state === 'paid', 60_000);
        assert.ok(Date.now() - startedAt < 60_000);
        assert.deepEqual(await changes(order), ['issued']);
      });

      it('A43 end grants and orders whose jobs are lost while they work', async () => {
        const orders = await Promise.all(Array.from({ length: 5 }, () => buy()));
        const unpaid = await placeOrder(market, listing.slug, { plan: 'short' });
        await place.flush();
        await expireOrder(unpaid);
        for (const order of orders) {
          await until(() => isExpired(order), PATIENCE_MS);
          assert.deepEqual(await changes(order), ['issued', 'expired']);
        }
        await until(async () => (await readOrder(market, unpaid.id)).state === 'lapsed');
      });

      it('A43 lose nothing to a queue that is flushed again and again while people buy', async () => {
        const buying = Promise.all(
          Array.from({ length: 12 }, (_, i) => sleep(i * 100).then(() => buy())),
        );
        for (let i = 0; i < 6; i++) {
          await place.flush();
          await checkBooks(market.db.prisma);
          await sleep(250);
        }
        for (const order of await buying) {
          await until(() => isExpired(order), PATIENCE_MS);
          assert.deepEqual(await changes(order), ['issued', 'expired']);
        }
      });

      it('A43 go on when the queue crashes under them', async () => {
        const order = await buy();
        await place.crash();
        const later = await buy();
        for (const each of [order, later]) {
          await until(() => isExpired(each), PATIENCE_MS);
          assert.deepEqual(await changes(each), ['issued', 'expired']);
        }
      });

      it('A43 rebuild all jobs from Postgres when the queue is gone at their start', async () => {
        const order = await buy();
        await stop();
        await place.wipe();
        const paidMeanwhile = await placeOrder(market, listing.slug, { plan: 'short' });
        await pay(buyer, paidMeanwhile);
        await start();
        for (const each of [order, paidMeanwhile]) {
          await until(() => isExpired(each), PATIENCE_MS);
          assert.deepEqual(await changes(each), ['issued', 'expired']);
        }
      });
    });
  }

  async function buy(options: { buyerKey?: string; quantity?: number } = {}): Promise<Order> {
    const order = await placeOrder(market, listing.slug, { plan: 'short', ...options });
    await pay(buyer, order);
    await until(async () => (await readOrder(market, order.id)).state === 'paid', PATIENCE_MS);
    return order;
  }

  async function isExpired({ id }: Order): Promise<boolean> {
    return (await readOrder(market, id)).grant?.state === 'expired';
  }

  async function logOf({ buyerKey }: Order, change?: 'expired') {
    return market.db.prisma.grantLog.findMany({
      where: { buyerKey: Buffer.from(buyerKey, 'hex'), ...(change ? { change } : {}) },
      orderBy: { seq: 'asc' },
    });
  }

  async function changes(order: Order): Promise<string[]> {
    return (await logOf(order)).map(({ change }) => change);
  }

  async function expireOrder({ id }: Order): Promise<void> {
    const expiresAt = new Date(Date.now() - 60_000);
    await market.db.prisma.order.update({ where: { id }, data: { expiresAt } });
  }

  // As if the stream had told the settlement to somebody who lost it.
  async function skipCursor(order: Order): Promise<void> {
    const hash = Buffer.from(order.invoice!.paymentHash, 'hex');
    const { settled } = (await market.lightning.lookUpInvoice(hash))!;
    await market.db.prisma.nodeCursor.update({
      where: { nodeKey: await market.lightning.nodeKey() },
      data: { settleIndex: settled!.settleIndex },
    });
  }
});
