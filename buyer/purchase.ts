import type { Market, Order } from '../contract/index.ts';
import { COMMAND } from './command-name.ts';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { invoiceFault } from './invoice-check.ts';
import { type MarketClient, MarketRefusal } from './market-client.ts';
import { orderUpdates } from './order-updates.ts';
import { type KeyedOrder, PendingOrder } from './pending-order.ts';
import { decodeBolt11 } from './wallet/bolt11.ts';
import type { PayOutcome, Wallet } from './wallet/wallet.ts';

const CONFIRMATION_PATIENCE_MS = 60_000;
const LAPSE_SLACK_MS = 5_000;
// A payment that arrives at the last moment may be held for a while yet.
const HOLD_SLACK_MS = 90_000;
const MAX_RATE_DRIFT_PERCENT = 2n;
const SAME_AGAIN =
  'run the same command again: it goes on where this one stopped and does not pay twice';

export interface Purchase {
  client: MarketClient;
  network: Market['network'];
  newOrder: KeyedOrder;
  /** What the buyer agrees to pay: anything else the market asks is refused. */
  priceMsat: bigint;
  wallet: Wallet;
  /** Where purchases under way are remembered. */
  ordersDir: string;
  onProgress?: (step: PurchaseStep) => void;
}

export type PurchaseStep =
  | { step: 'resumed'; order: Order }
  | { step: 'paying'; order: Order }
  | { step: 'paid'; order: Order; feeMsat: bigint }
  | { step: 'waiting'; order: Order };

/**
 * Buys: places the order, checks the invoice, pays it and waits until the market has granted access. Killed at any
 * point and called again, it goes on with the same order. An order that lapsed unpaid is replaced by a new one, once.
 *
 * @returns the paid order, its grant in it.
 * @throws Failure saying what became of the money.
 */
export async function purchase(wanted: Purchase): Promise<Order> {
  const first = await buyOnce(wanted);
  const order =
    first.resumed && isForgone(first.order) ? (await buyOnce(wanted)).order : first.order;
  if (order.state === 'paid') return order;
  throw lapsed(order);
}

const isForgone = (order: Order) => order.state === 'lapsed' && order.payments.length === 0;

async function buyOnce(wanted: Purchase): Promise<{ order: Order; resumed: boolean }> {
  const pending = await PendingOrder.claim(
    wanted.ordersDir,
    wanted.newOrder,
    String(wanted.priceMsat),
  );
  const placed = await place(wanted.client, pending);
  if (pending.resumed) wanted.onProgress?.({ step: 'resumed', order: placed });
  const order = placed.state === 'open' ? await payAndWait(wanted, pending, placed) : placed;
  if (order.state !== 'open') await pending.forget();
  return { order, resumed: pending.resumed };
}

async function place(client: MarketClient, pending: PendingOrder): Promise<Order> {
  const known = pending.orderId === undefined ? null : await find(client, pending.orderId);
  if (known) return known;
  try {
    const order = await client.placeOrder(pending.newOrder, pending.idempotencyKey);
    await pending.rememberOrder(order.id);
    return order;
  } catch (error) {
    // Refused for good: nothing was placed that could be paid.
    if (error instanceof MarketRefusal && isForGood(error)) await pending.forget();
    throw error;
  }
}

const isForGood = ({ status, code }: MarketRefusal) =>
  status < 500 && code !== 'idempotency-in-flight';

async function find(client: MarketClient, orderId: string): Promise<Order | null> {
  try {
    return await client.order(orderId);
  } catch (error) {
    if (error instanceof MarketRefusal && error.status === 404) return null;
    throw error;
  }
}

async function payAndWait(wanted: Purchase, pending: PendingOrder, order: Order): Promise<Order> {
  if (order.invoice === null) {
    return waitForSettlement(wanted.client, order, CONFIRMATION_PATIENCE_MS);
  }
  const { bolt11, paymentHash } = order.invoice;
  const priceMsat = agreedPriceMsat(order, pending.priceMsat);
  const agreed = { priceMsat, network: wanted.network, nowMs: Date.now() };
  const fault = invoiceFault(order, decodeBolt11(bolt11), agreed);
  if (fault !== null) {
    await pending.forget();
    throw refusedInvoice(fault);
  }
  wanted.onProgress?.({ step: 'paying', order });
  const outcome = await wanted.wallet.pay({ bolt11, paymentHash, amountMsat: priceMsat });
  if (outcome.state === 'failed') {
    const after = await endOf(wanted.client, order);
    if (after?.lapseReason === 'undelivered') return after;
    throw notPaid(outcome.reason);
  }
  if (outcome.state === 'paid') {
    wanted.onProgress?.({ step: 'paid', order, feeMsat: outcome.feeMsat });
  }
  wanted.onProgress?.({ step: 'waiting', order });
  return waitForSettlement(wanted.client, order, patienceMs(order, outcome));
}

// A wallet calls it a failure, too, when a held payment is given back.
async function endOf(client: MarketClient, order: Order): Promise<Order | null> {
  if (order.invoice?.settlement !== 'held') return null;
  const soon = AbortSignal.timeout(LAPSE_SLACK_MS);
  for await (const update of orderUpdates(client, order.id, soon)) {
    if (update.state !== 'open' || update.invoice?.state === 'open') return update;
  }
  return null;
}

// A price in a currency is locked when the order is placed: the rate may have moved since the listing was read.
function agreedPriceMsat(order: Order, shownMsat: bigint): bigint {
  if (order.rate === null) return shownMsat;
  const priceMsat = BigInt(order.priceMsat);
  return priceMsat * 100n <= shownMsat * (100n + MAX_RATE_DRIFT_PERCENT) ? priceMsat : shownMsat;
}

// Somebody with a phone has until the order lapses; a wallet that has paid waits for the market only.
function patienceMs(order: Order, outcome: PayOutcome): number {
  if (outcome.state !== 'shown') return CONFIRMATION_PATIENCE_MS;
  const slackMs = order.invoice?.settlement === 'held' ? HOLD_SLACK_MS : LAPSE_SLACK_MS;
  return Math.max(0, order.expiresAtMs - order.nowMs) + slackMs;
}

async function waitForSettlement(client: MarketClient, order: Order, timeoutMs: number) {
  if (order.state !== 'open') return order;
  const timeout = AbortSignal.timeout(timeoutMs);
  for await (const update of orderUpdates(client, order.id, timeout)) {
    if (update.state !== 'open') return update;
  }
  throw new Failure(
    EXIT.paymentPending,
    'payment-unconfirmed',
    `the market has not confirmed the payment of order ${order.id} yet`,
    SAME_AGAIN,
  );
}

const refusedInvoice = (fault: string) =>
  new Failure(
    EXIT.notPaid,
    'invoice-refused',
    `not paid, since the invoice is not what was agreed to: ${fault}`,
    `look at the price again with ${COMMAND} show, and tell the market`,
  );

const notPaid = (reason: string) =>
  new Failure(
    EXIT.notPaid,
    'payment-failed',
    `the wallet could not pay: ${reason}`,
    `no money was spent; ${SAME_AGAIN}, or use another --wallet`,
  );

function lapsed(order: Order): Failure {
  const [payment] = order.payments;
  if (order.lapseReason === 'undelivered') {
    return new Failure(
      EXIT.notPaid,
      'undelivered',
      'no seeder of the market could let you in, so the payment was given back',
      'nothing was charged; run the same command again later',
    );
  }
  if (!payment) {
    return new Failure(
      EXIT.notPaid,
      'order-lapsed',
      'the order lapsed before it was paid',
      'nothing was charged; run the same command again for a new one',
    );
  }
  return new Failure(
    EXIT.paymentPending,
    'paid-too-late',
    `the payment came after the order had lapsed (${payment.outcome}): ${order.refundableMsat} msat are refundable`,
    `ask the market about payment ${payment.paymentHash}`,
  );
}
