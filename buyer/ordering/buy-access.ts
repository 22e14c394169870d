import { COMMAND } from '../command-name.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { decodeBolt11 } from '../wallet/bolt11.ts';
import type { Payable, PayOutcome, Wallet } from '../wallet/wallet.ts';
import { invoiceFault } from './invoice-check.ts';
import type { DeskOrder, OrderDesk } from './order-desk.ts';
import { type KeyedOrder, PendingOrder } from './pending-order.ts';

const CONFIRMATION_PATIENCE_MS = 60_000;
const LAPSE_SLACK_MS = 5_000;
// A payment that arrives at the last moment may be held for a while yet.
const HOLD_SLACK_MS = 90_000;
const MAX_RATE_DRIFT_PERCENT = 2n;
const SAME_AGAIN =
  'run the same command again: it goes on where this one stopped and does not pay twice';

/** A purchase to be made. */
export interface Wanted<O extends DeskOrder> {
  desk: OrderDesk<O>;
  newOrder: KeyedOrder;
  /** What the buyer agrees to pay: anything else the market asks is refused. */
  priceMsat: bigint;
  /** The most to pay, also for an order that an earlier run agreed to; left out: what was agreed to. */
  maxPriceMsat?: bigint | undefined;
  wallet: Wallet;
  /** Where purchases under way are remembered. */
  ordersDir: string;
  /** Awaited: nothing is paid before it is done. */
  onProgress?: ((step: BuyingStep<O>) => void | Promise<void>) | undefined;
}

/** How far a purchase has come. */
export type BuyingStep<O extends DeskOrder> =
  | { step: 'resumed'; order: O }
  | { step: 'paying'; order: O }
  | { step: 'paid'; order: O; feeMsat: bigint }
  | { step: 'waiting'; order: O };

/**
 * Buys: places the order, checks the invoice, pays it and waits until the market has granted access. Killed at any
 * point and called again, it goes on with the same order. An order that lapsed unpaid is replaced by a new one, once.
 *
 * @returns the paid order, its grant in it.
 * @throws Failure saying what became of the money.
 */
export async function buyAccess<O extends DeskOrder>(wanted: Wanted<O>): Promise<O> {
  const first = await buyOnce(wanted);
  const order = first.isForgone ? (await buyOnce(wanted)).order : first.order;
  if (order.state === 'paid') return order;
  throw lapsed(order);
}

/** @returns the order as it ended, and whether an earlier run left one that was not even tried to be paid in this one */
async function buyOnce<O extends DeskOrder>(
  wanted: Wanted<O>,
): Promise<{ order: O; isForgone: boolean }> {
  const { desk, ordersDir, newOrder, priceMsat, onProgress } = wanted;
  const pending = await PendingOrder.claim(ordersDir, newOrder, String(priceMsat));
  const placed = await place(desk, pending);
  if (pending.resumed) await onProgress?.({ step: 'resumed', order: placed });
  const payable = placed.state === 'open' ? await payableOf(wanted, pending, placed) : null;
  const order = payable
    ? await payAndWait(wanted, pending, placed, payable)
    : await waitForSettlement(desk, placed, CONFIRMATION_PATIENCE_MS);
  await pending.forget();
  const isUnpaid = order.state === 'lapsed' && order.payments.length === 0;
  if (isUnpaid && pending.mayBePaid) throw unacknowledged(order.id, pending.mayBePaid);
  return { order, isForgone: pending.resumed && !payable && isUnpaid };
}

async function place<O extends DeskOrder>(desk: OrderDesk<O>, pending: PendingOrder): Promise<O> {
  const known = pending.orderId === undefined ? null : await desk.find(pending.orderId);
  // One without an invoice that is to be paid was killed while it was made: asking again makes it.
  if (known && !isUnfinished(known)) return known;
  const { newOrder, idempotencyKey, priceMsat } = pending;
  try {
    const order = await desk.place({ order: newOrder, idempotencyKey, priceMsat });
    await pending.rememberOrder(order.id);
    return order;
  } catch (error) {
    if (!desk.isForGood(error)) throw error;
    // Nothing was placed that could be paid, or the market denies what was.
    await pending.forget();
    if (pending.orderId !== undefined && pending.mayBePaid) {
      throw unacknowledged(pending.orderId, pending.mayBePaid);
    }
    throw error;
  }
}

const isUnfinished = ({ state, invoice, priceMsat }: DeskOrder) =>
  state === 'open' && invoice === null && BigInt(priceMsat) > 0n;

/** What is to be paid; null: nothing, or an earlier run may have paid it in time, and the market will say. @throws Failure */
async function payableOf<O extends DeskOrder>(
  { desk, maxPriceMsat }: Wanted<O>,
  pending: PendingOrder,
  order: O,
): Promise<Payable | null> {
  if (order.invoice === null) return null;
  const { bolt11, paymentHash } = order.invoice;
  const priceMsat = agreedPriceMsat(order, desk.isRated(order), pending.priceMsat);
  const decoded = decodeBolt11(bolt11);
  const agreed = { priceMsat, network: await desk.network(), nowMs: Date.now() };
  if (pending.resumed && decoded && decoded.expiresAtMs <= agreed.nowMs) return null;
  if (pending.hasOther(paymentHash)) throw otherInvoice(order.id);
  const fault = invoiceFault(order, decoded, agreed);
  if (fault !== null) {
    // The wallet was given an invoice that had no fault: this is another one.
    if (pending.mayBePaid) throw otherInvoice(order.id);
    await pending.forget();
    throw refusedInvoice(fault);
  }
  if (maxPriceMsat !== undefined && priceMsat > maxPriceMsat) {
    throw aboveLimit(order.id, priceMsat, maxPriceMsat);
  }
  return { bolt11, paymentHash, amountMsat: priceMsat };
}

async function payAndWait<O extends DeskOrder>(
  { desk, wallet, onProgress }: Wanted<O>,
  pending: PendingOrder,
  order: O,
  payable: Payable,
): Promise<O> {
  await onProgress?.({ step: 'paying', order });
  await pending.rememberInvoice(payable.paymentHash);
  const outcome = await wallet.pay(payable);
  // Of what somebody was shown he knows himself whether he has paid it.
  if (outcome.state === 'failed' || outcome.state === 'shown') await pending.rememberUnpaid();
  if (outcome.state === 'failed') {
    const after = await endOf(desk, order);
    if (after?.lapseReason === 'undelivered') return after;
    throw notPaid(outcome.reason);
  }
  if (outcome.state === 'paid') {
    await onProgress?.({ step: 'paid', order, feeMsat: outcome.feeMsat });
  }
  await onProgress?.({ step: 'waiting', order });
  return waitForSettlement(desk, order, patienceMs(order, outcome));
}

// A wallet calls it a failure, too, when a held payment is given back.
async function endOf<O extends DeskOrder>(desk: OrderDesk<O>, order: O): Promise<O | null> {
  if (order.invoice?.settlement !== 'held') return null;
  const soon = AbortSignal.timeout(LAPSE_SLACK_MS);
  for await (const update of desk.updates(order.id, soon)) {
    if (update.state !== 'open' || update.invoice?.state === 'open') return update;
  }
  return null;
}

// A price in a currency is locked when the order is placed: the rate may have moved since the listing was read.
function agreedPriceMsat(order: DeskOrder, isRated: boolean, shownMsat: bigint): bigint {
  if (!isRated) return shownMsat;
  const priceMsat = BigInt(order.priceMsat);
  return priceMsat * 100n <= shownMsat * (100n + MAX_RATE_DRIFT_PERCENT) ? priceMsat : shownMsat;
}

// Somebody with a phone has until the order lapses; a wallet that has paid waits for the market only.
function patienceMs(order: DeskOrder, outcome: PayOutcome): number {
  if (outcome.state !== 'shown') return CONFIRMATION_PATIENCE_MS;
  const slackMs = order.invoice?.settlement === 'held' ? HOLD_SLACK_MS : LAPSE_SLACK_MS;
  return Math.max(0, order.expiresAtMs - order.nowMs) + slackMs;
}

async function waitForSettlement<O extends DeskOrder>(
  desk: OrderDesk<O>,
  order: O,
  timeoutMs: number,
): Promise<O> {
  if (order.state !== 'open') return order;
  const timeout = AbortSignal.timeout(timeoutMs);
  for await (const update of desk.updates(order.id, timeout)) {
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

const otherInvoice = (orderId: string) =>
  new Failure(
    EXIT.notPaid,
    'invoice-refused',
    `not paid, since order ${orderId} has another invoice than the one that the wallet was given`,
    'look in your wallet whether it has paid, and ask the market',
  );

const unacknowledged = (orderId: string, paymentHash: string) =>
  new Failure(
    EXIT.paymentPending,
    'payment-unacknowledged',
    `the market says that nobody paid order ${orderId}, but your wallet may have`,
    `look there for payment ${paymentHash} before you buy again, and ask the market about it`,
  );

const aboveLimit = (orderId: string, priceMsat: bigint, limitMsat: bigint) =>
  new Failure(
    EXIT.notPaid,
    'price-above-limit',
    `order ${orderId}, which is under way, costs ${priceMsat} msat, the limit is ${limitMsat} msat`,
    'it is not paid now; agree to that much, or wait until the order has lapsed',
  );

const notPaid = (reason: string) =>
  new Failure(
    EXIT.notPaid,
    'payment-failed',
    `the wallet could not pay: ${reason}`,
    `no money was spent; ${SAME_AGAIN}, or use another --wallet`,
  );

function lapsed(order: DeskOrder): Failure {
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
