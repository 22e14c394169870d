import type { Entry } from './ledger.ts';
import { type Msat, partDown } from './money.ts';

const MIN_FEE_LIMIT_MSAT = 10_000n;
const FEE_LIMIT_BASIS_POINTS = 100;

/** Whose money goes out: a seller's balance, or what is owed back for an order. */
export interface Source {
  kind: 'seller' | 'refundable';
  owner: string;
}

export interface PayoutAmounts {
  payoutId: string;
  source: Source;
  amountMsat: Msat;
  maxFeeMsat: Msat;
}

/** An invoice that somebody asks us to pay. */
export interface Payee {
  amountMsat: Msat | null;
  chain: string;
  destination: string;
  expiresAtMs: number;
}

export type PayeeFault = 'amountless' | 'other-network' | 'expires-soon' | 'own-node';

// Less than that is not enough to find a route and be paid.
const MIN_LIFE_MS = 30_000;

/** Why an invoice cannot be paid out to, or null. The market never pays its own node: that would be money from nothing. */
export function payeeFault(
  payee: Payee,
  market: { chain: string; nodeKey: string; nowMs: number },
): PayeeFault | null {
  if (payee.amountMsat === null) return 'amountless';
  if (payee.chain !== market.chain) return 'other-network';
  if (payee.destination === market.nodeKey) return 'own-node';
  if (payee.expiresAtMs < market.nowMs + MIN_LIFE_MS) return 'expires-soon';
  return null;
}

/** What routing may cost at most unless the payee says otherwise: 1 %, and 10 sat where that is less. */
export function feeLimitMsat(amountMsat: Msat): Msat {
  const share = partDown(amountMsat, FEE_LIMIT_BASIS_POINTS);
  return share > MIN_FEE_LIMIT_MSAT ? share : MIN_FEE_LIMIT_MSAT;
}

/** The most that can be paid out of a balance that has to bear the usual fee limit too. */
export function largestPayoutMsat(balanceMsat: Msat): Msat {
  const whole = 10_000n;
  const byShare = (balanceMsat * whole) / (whole + BigInt(FEE_LIMIT_BASIS_POINTS));
  const byMinimum = balanceMsat - MIN_FEE_LIMIT_MSAT;
  const least = byShare < byMinimum ? byShare : byMinimum;
  return least > 0n ? least : 0n;
}

/**
 * How much of what is owed back to ask for: what stays is for the routing. Whole satoshis, as wallets ask for; a small
 * amount keeps a fifth for it rather than the usual limit, which might be more than there is.
 */
export function payableMsat(balanceMsat: Msat): Msat {
  const fifth = partDown(balanceMsat, 2_000);
  const small = fifth < MIN_FEE_LIMIT_MSAT ? fifth : MIN_FEE_LIMIT_MSAT;
  const share = partDown(balanceMsat, FEE_LIMIT_BASIS_POINTS);
  const rest = balanceMsat - (share > small ? share : small);
  return rest - (rest % 1_000n);
}

/** The usual fee limit of an amount, or what the balance has left for it. */
export function feeLimitWithin(balanceMsat: Msat, amountMsat: Msat): Msat {
  const usual = feeLimitMsat(amountMsat);
  const left = balanceMsat > amountMsat ? balanceMsat - amountMsat : 0n;
  return left < usual ? left : usual;
}

/** Takes the amount and the most its routing may cost out of its source before anything is sent. */
export function bookLock(payout: PayoutAmounts): Entry[] {
  const lockedMsat = payout.amountMsat + payout.maxFeeMsat;
  return [
    { account: payout.source, amountMsat: -lockedMsat },
    { account: lockOf(payout), amountMsat: lockedMsat },
  ];
}

/** What was sent and its routing have left the node; what the routing did not cost goes back to its source. */
export function bookPaid(payout: PayoutAmounts, nodeKey: string, feeMsat: Msat): Entry[] {
  const sentMsat = payout.amountMsat + feeMsat;
  const lockedMsat = payout.amountMsat + payout.maxFeeMsat;
  const entries: Entry[] = [
    { account: payout.source, amountMsat: lockedMsat - sentMsat },
    { account: lockOf(payout), amountMsat: -lockedMsat },
    { account: { kind: 'node', owner: nodeKey }, amountMsat: sentMsat },
  ];
  return entries.filter((entry) => entry.amountMsat !== 0n);
}

/** Nothing was sent: all of it goes back to its source. */
export function bookFailed(payout: PayoutAmounts): Entry[] {
  return bookLock(payout).map(({ account, amountMsat }) => ({ account, amountMsat: -amountMsat }));
}

function lockOf({ payoutId }: PayoutAmounts): Entry['account'] {
  return { kind: 'payout', owner: payoutId };
}
