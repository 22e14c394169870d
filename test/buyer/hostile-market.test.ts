import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure, OrderState, Payable, PayInvoice } from '../../buyer/index.ts';
import { until } from '../seeder/loopback.ts';
import {
  lapsed,
  newInvoice,
  openHostileMarket,
  openOrder,
  PLAN,
  PRICE_MSAT,
} from './hostile-market.ts';

/** A wallet that pays whatever it is given, and what it was given. */
function openWallet() {
  const given: Payable[] = [];
  const pay: PayInvoice = async (payable) => {
    given.push(payable);
    return { state: 'paid', feeMsat: 0n };
  };
  return { given, pay };
}

/** Places every order that is asked for, and keeps it. */
function placing(orders: Map<string, OrderState>) {
  return (buyerKey: string) => {
    const order = openOrder(buyerKey);
    orders.set(order.id, order);
    return order;
  };
}

test('a market that denies a payment is not paid again, and the buyer is told which one it was', async () => {
  const orders = new Map<string, OrderState>();
  await using market = await openHostileMarket({
    order: placing(orders),
    watch: (id) => lapsed(orders.get(id)!),
  });
  await using buyer = await market.openBuyer();
  await using offer = await buyer.connect(market.card);
  const dying = offer.order(PLAN, {
    wallet: async () => assert.fail('the wallet died'),
  });
  await assert.rejects(dying, { code: 'wallet-failed' });
  const [first] = orders.values();
  const wallet = openWallet();
  // It may have been paid by a wallet that died: nothing is paid in its place.
  await assert.rejects(offer.order(PLAN, { wallet: wallet.pay }), {
    code: 'payment-unacknowledged',
    hint: new RegExp(first!.invoice!.paymentHash),
  });
  assert.equal(wallet.given.length, 0);
  await assert.rejects(offer.order(PLAN, { wallet: wallet.pay }), {
    code: 'payment-unacknowledged',
  });
  assert.deepEqual([wallet.given.length, orders.size], [1, 2]);
});

test('a market that knows nothing of an order any more does not get rid of what was paid for it', async () => {
  let answered: OrderState | undefined;
  await using market = await openHostileMarket({
    order(buyerKey) {
      if (answered) return undefined;
      answered = openOrder(buyerKey);
      return answered;
    },
    watch: () => undefined,
  });
  await using buyer = await market.openBuyer();
  await using offer = await buyer.connect(market.card);
  const dying = offer.order(PLAN, { wallet: async () => assert.fail('the wallet died') });
  await assert.rejects(dying, { code: 'wallet-failed' });
  await assert.rejects(offer.order(PLAN, { wallet: openWallet().pay }), {
    code: 'payment-unacknowledged',
    hint: new RegExp(answered!.invoice!.paymentHash),
  });
});

test('an order that comes back with another invoice is not paid', async () => {
  const orders = new Map<string, OrderState>();
  const swaps: ((order: OrderState) => OrderState['invoice'])[] = [
    ({ expiresAtMs }) => newInvoice(expiresAtMs),
    ({ invoice }) => ({ ...invoice!, amountMsat: '1' }),
  ];
  let asked = 0;
  await using market = await openHostileMarket({
    order: placing(orders),
    watch(id) {
      const order = orders.get(id)!;
      return { ...order, invoice: swaps[asked++ % swaps.length]!(order) };
    },
  });
  await using buyer = await market.openBuyer();
  await using offer = await buyer.connect(market.card);
  const dying = offer.order(PLAN, { wallet: async () => assert.fail('the wallet died') });
  await assert.rejects(dying, { code: 'wallet-failed' });
  const wallet = openWallet();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await assert.rejects(offer.order(PLAN, { wallet: wallet.pay }), { code: 'invoice-refused' });
  }
  assert.deepEqual([wallet.given.length, orders.size], [0, 1]);
});

test('renewals keep to their budget whatever the market says of what was paid', async () => {
  const budget = 3;
  const orders: OrderState[] = [];
  // What it says of one order after the other.
  const lies: ((order: OrderState) => OrderState)[] = [
    lapsed,
    (order) => ({ ...order, state: 'paid', priceMsat: '0', grant: granted(500) }),
    (order) => ({ ...order, state: 'paid', priceMsat: '0', grant: granted(0) }),
  ];
  let endMs = 0;
  const granted = (moreMs: number) => ({ state: 'live' as const, expiresAtMs: endMs + moreMs });
  await using market = await openHostileMarket({
    order(buyerKey) {
      const order = openOrder(buyerKey);
      orders.push(order);
      return order;
    },
    watch(id) {
      const at = orders.findIndex((order) => order.id === id);
      return lies[at % lies.length]!(orders[at]!);
    },
  });
  const end = () => {
    endMs = Date.now() + 1_000;
    market.endAt(endMs);
  };
  end();
  await using buyer = await market.openBuyer();
  await using offer = await buyer.connect(market.card);
  const wallet = openWallet();
  // The first time it pays and dies before it can say so.
  const pay: PayInvoice = async (payable) => {
    const outcome = await wallet.pay(payable);
    assert.notEqual(wallet.given.length, 1, 'the wallet died');
    return outcome;
  };
  const renew = { plan: PLAN, budgetMsat: BigInt(budget) * PRICE_MSAT, aheadMs: 60_000 };
  const purchase = await offer.purchase({ wallet: pay, renew });
  const failures: Failure[] = [];
  purchase!.on('renewal-failed', (failure) => failures.push(failure));
  // Access ends again and again, and each end is there to be paid for.
  const ends = setInterval(end, 700);
  const isOver = () =>
    failures.some(({ code }) => code === 'budget-spent') || wallet.given.length > budget;
  await until(isOver, 'the budget is spent', 60_000).finally(() => clearInterval(ends));
  assert.equal(wallet.given.length, budget);
  assert.ok(failures.some(({ code }) => code === 'paid-in-vain'));
  assert.equal(purchase!.replica.cores.size, 1, 'cores that are none of the feed are not opened');
});
