import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { openPostgresBackend } from '../../adapters/queue/postgres-backend.ts';
import { openQueue } from '../../adapters/queue/queue.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { settle } from '../../workers/settle.ts';
import { startWorkers } from '../../workers/workers.ts';
import { checkBooks, checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { type KillPoint, loadProgram, type Program } from '../support/process.ts';
import { listFeed, pay, placeOrder, type ShopListing, until } from '../support/shop.ts';
import { stride } from '../support/sweep.ts';

// The statements of a settlement and its COMMIT; those of the relay come on top.
const LEAST_POINTS = 16;

// From the first statement of a settlement to the outbox row that says its jobs are made.
const SETTLEMENT = {
  from: 'INSERT INTO node_cursors',
  to: 'UPDATE "public"."outbox" SET "delivered_at" = $1 WHERE "public"',
  only: ['outbox', 'add_job', '"public"."grants"'],
  warm: ['workers/workers.ts', 'boot/context.ts', 'boot/config.ts'],
};

describe('a worker that is killed while it settles', () => {
  let market: TestMarket;
  let buyer: Lightning;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ workers: false });
    buyer = connect(market.sandbox.nodes.buyer);
    listing = await listFeed(market, []);
    // Index 0 replays nothing: from the first settlement on there is a cursor to begin again from.
    const order = await placeOrder(market, listing.slug);
    await pay(buyer, order);
    await settle(market.deps, order.invoice!.paymentHash);
    const stop = await startCleanWorkers(market);
    await until(async () => (await market.db.prisma.nodeCursor.count()) > 0);
    await stop();
  });
  after(() => market[Symbol.asyncDispose]());

  it('A03 at any await between "settled" and "grant live" leaves a settlement that completes once', async (t) => {
    const step = stride(t);
    let survived = 0;
    for (let at = 1; at <= LEAST_POINTS || survived === 0; ) {
      await using loaded = load(at);
      await using worker = await loaded.start();
      if (await payAndSee(worker)) {
        at += step;
        survived = 0;
      } else {
        // The reconciler may have been first: there was nothing to be killed over.
        survived += 1;
        assert.ok(survived < 6, `a settlement is over before point ${at}`);
      }
    }
  });

  it('A03 just when COMMIT has left, heard or not, leaves a settlement that completes once', async () => {
    let killed = 0;
    for (let round = 0; round < 6 && killed < 3; round++) {
      await using worker = await load('COMMIT', 'sent').start();
      if (await payAndSee(worker)) killed += 1;
    }
    assert.equal(killed, 3);
  });

  function load(at: KillPoint['at'], when: KillPoint['when'] = 'answered') {
    const point = { ...SETTLEMENT, at, when };
    return loadProgram(market, 'workers/main.ts', point, { RECONCILE_SECONDS: '60' });
  }

  /** Pays one order; says whether the worker was killed over it. Either way all must be well in the end. */
  async function payAndSee(worker: Program): Promise<boolean> {
    const buyerKey = randomBytes(32);
    const order = await placeOrder(market, listing.slug, { buyerKey: buyerKey.toString('hex') });
    await pay(buyer, order);
    const delivered = until(() => isDelivered(order.id)).then(() => 'delivered');
    const end = await Promise.race([worker.ended, delivered]);
    delivered.catch(() => {});
    await checkBooks(market.db.prisma);
    if (end === 'delivered') return false;
    assert.equal(end, 'SIGKILL');
    const stop = await startCleanWorkers(market);
    await until(() => isDelivered(order.id));
    await stop();
    await checkInvariants(market.db.prisma, market.lightning);
    const grants = await market.db.prisma.grantLog.findMany({ where: { buyerKey } });
    assert.deepEqual(
      grants.map(({ change, expiresAt, startsAt }) => [change, +expiresAt! - +startsAt]),
      [['issued', 60_000]],
    );
    return true;
  }

  async function isDelivered(orderId: string): Promise<boolean> {
    const row = await market.db.prisma.outbox.findFirst({
      where: { topic: 'order.paid', subjectId: orderId, deliveredAt: { not: null } },
    });
    return row !== null;
  }
});

async function startCleanWorkers({ db, deps }: TestMarket): Promise<() => Promise<void>> {
  const queue = openQueue(await openPostgresBackend(db.url), deps.log);
  return startWorkers({
    ...deps,
    listen: db.listen,
    lead: db.lead,
    queue,
    reconcileEveryMs: 60_000,
    holdMs: 60_000,
  });
}
