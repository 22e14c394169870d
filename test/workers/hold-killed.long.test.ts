import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Order } from '../../contract/index.ts';
import { endHold } from '../../flow/end-hold.ts';
import { holdPayment } from '../../flow/hold-payment.ts';
import type { Lightning } from '../../ports/lightning.ts';
import {
  assertFailed,
  changesOf,
  endHoldNow,
  hashOf,
  invoiceRow,
  listHeld,
  payHeld,
} from '../support/hold.ts';
import { checkBooks, checkInvariants } from '../support/invariants.ts';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { type KillPoint, type Loaded, loadProgram, startProgram } from '../support/process.ts';
import { placeOrder, readOrder, type ShopListing, until } from '../support/shop.ts';

const HOLD_MS = 60_000;
const GIVEN_BACK_AFTER_SECONDS = 5;
const PATIENCE_MS = 60_000;

type Path = Omit<KillPoint, 'at' | 'when'> & { points: number };

const WARM = ['workers/workers.ts', 'boot/context.ts', 'boot/config.ts'];

// From the row that says that the payment is held to the one that says that it is paid, for which see killed.test.ts.
const TAKING: Path = {
  from: '"held_at" = ',
  to: 'INSERT INTO "public"."payments"',
  only: ['"public"."invoices"', '"public"."seeders"', 'FOR UPDATE OF o'],
  warm: WARM,
  points: 6,
};

// In the transaction that records that the payment was given back, as the node has done by then.
const GIVING_BACK: Path = {
  from: 'UPDATE "public"."orders" SET',
  to: 'INSERT INTO "public"."outbox"',
  only: [],
  warm: WARM,
  points: 3,
};

describe('a worker that is killed while a payment is held', () => {
  let market: TestMarket;
  let buyer: Lightning;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ workers: false, orderTtlMs: 600_000 });
    buyer = connect(market.sandbox.nodes.buyer);
    listing = await listHeld(market);
  });
  after(() => market[Symbol.asyncDispose]());

  it('A03 at any await between "held" and "taken" leaves a payment that is taken once', async () => {
    const killed = await killAtEach(TAKING, 'paid', async (order) => {
      assert.deepEqual(await changesOf(market, order), ['issued']);
    });
    assert.equal(killed, TAKING.points);
  });

  it('A03 is followed by another one, which takes the payment', async () => {
    const order = await placeOrder(market, listing.slug);
    {
      await using loaded = load(TAKING, 2);
      await using worker = await loaded.start();
      await payHeld(market, buyer, order);
      assert.equal(await worker.ended, 'SIGKILL');
    }
    await using _ = await startProgram(market, 'workers/main.ts');
    await isNow(order, 'paid');
    await checkInvariants(market.db.prisma, market.lightning);
  });

  it('A03 at any await before it is given back leaves one that is given back', async () => {
    await market.seeder.stop();
    const killed = await killAtEach(GIVING_BACK, 'lapsed', async (order, paid) => {
      await assertFailed(paid);
      assert.equal((await readOrder(market, order.id)).lapseReason, 'undelivered');
      assert.deepEqual(await changesOf(market, order), []);
    });
    assert.equal(killed, GIVING_BACK.points);
  });

  /** Has one worker after the other killed over a purchase, each at the next query; says how many were. */
  async function killAtEach(
    path: Path,
    end: Order['state'],
    check: (order: Order, paid: ReturnType<Lightning['pay']>) => Promise<void>,
  ): Promise<number> {
    let killed = 0;
    let next: Loaded | undefined = load(path, 1);
    for (let at = 1; at <= path.points; at++) {
      await using loaded = next;
      // Loading takes longer than dying.
      next = at < path.points ? load(path, at + 1) : undefined;
      await using worker = await loaded!.start();
      const order = await placeOrder(market, listing.slug);
      const { paid } = await payHeld(market, buyer, order);
      const how = await Promise.race([worker.ended, isNow(order, end).then(() => end)]);
      if (how === 'SIGKILL') killed += 1;
      await checkBooks(market.db.prisma);
      await workOff(order, end);
      await check(order, paid);
      await checkInvariants(market.db.prisma, market.lightning);
    }
    return killed;
  }

  /** What any worker does next, without the wait until the queue has noticed that the last one is dead. */
  async function workOff(order: Order, end: Order['state']): Promise<void> {
    await until(async () => {
      await holdPayment(market.deps, HOLD_MS, hashOf(order));
      await hurry(order, end);
      await endHold(market.deps, hashOf(order));
      return (await readOrder(market, order.id)).state === end;
    }, PATIENCE_MS);
  }

  async function hurry(order: Order, end: Order['state']): Promise<void> {
    const { state } = await invoiceRow(market, order);
    if (end !== 'lapsed' || state !== 'held') return;
    await endHoldNow(market, order);
  }

  function load({ points: _, ...path }: Path, at: number): Loaded {
    const env = {
      RECONCILE_SECONDS: '60',
      HOLD_SECONDS: String(path.from === TAKING.from ? HOLD_MS / 1000 : GIVEN_BACK_AFTER_SECONDS),
    };
    return loadProgram(market, 'workers/main.ts', { ...path, at, when: 'answered' }, env);
  }

  async function isNow({ id }: Order, state: Order['state']): Promise<void> {
    await until(async () => (await readOrder(market, id)).state === state, PATIENCE_MS);
  }
});
