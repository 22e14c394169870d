import type { Msat } from './money.ts';

export interface Settlement {
  receivedMsat: Msat;
}

export interface PaidOrder {
  state: 'open' | 'paid' | 'lapsed';
  priceMsat: Msat;
  /** What the same plan and quantity cost now; null when they are no longer for sale. */
  currentPriceMsat: Msat | null;
}

export type Outcome = 'settled' | 'late_honoured' | 'late_refundable' | 'underpaid' | 'unknown';

export interface Judgement {
  outcome: Outcome;
  /** Paid for the order: goes to seller and market. */
  creditedMsat: Msat;
  /** Owed back to the payer. */
  refundableMsat: Msat;
  /** Whether the order's access is given. */
  grants: boolean;
}

/**
 * What a settled payment means for its order.
 *
 * Late, that is for an order that lapsed, it is honoured while the same purchase would cost no more today;
 * otherwise all of it is owed back. What exceeds the price is owed back always; less than the price buys nothing.
 */
export function judge(settlement: Settlement, order: PaidOrder | null): Judgement {
  const { receivedMsat } = settlement;
  if (!order) return { outcome: 'unknown', ...nothingBought(0n) };
  if (receivedMsat < order.priceMsat)
    return { outcome: 'underpaid', ...nothingBought(receivedMsat) };
  if (order.state === 'open')
    return { outcome: 'settled', ...bought(receivedMsat, order.priceMsat) };
  const { currentPriceMsat } = order;
  const fair = currentPriceMsat !== null && currentPriceMsat <= order.priceMsat;
  if (order.state === 'lapsed' && fair) {
    return { outcome: 'late_honoured', ...bought(receivedMsat, order.priceMsat) };
  }
  // Also a second invoice of an order that is paid already: nothing more is owed for it.
  return { outcome: 'late_refundable', ...nothingBought(receivedMsat) };
}

function bought(receivedMsat: Msat, priceMsat: Msat) {
  return { creditedMsat: priceMsat, refundableMsat: receivedMsat - priceMsat, grants: true };
}

function nothingBought(refundableMsat: Msat) {
  return { creditedMsat: 0n, refundableMsat, grants: false };
}
