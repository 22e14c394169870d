import { type Msat, partDown } from './money.ts';

export type AccountKind = 'node' | 'seller' | 'commission' | 'refundable' | 'payout';

/** An amount that flows into an account (negative: out of it). */
export interface Entry {
  account: { kind: AccountKind; owner: string };
  amountMsat: Msat;
}

export interface Booking {
  nodeKey: string;
  sellerId: string;
  orderId: string;
  creditedMsat: Msat;
  refundableMsat: Msat;
  commissionBasisPoints: number;
}

/**
 * The entries of a settlement: what came in over the node is shared by the seller and the market, and what was not
 * owed is kept for the payer. They sum to zero, and come in the one order in which accounts may be locked.
 */
export function bookSettlement(booking: Booking): Entry[] {
  const { creditedMsat, refundableMsat } = booking;
  const commissionMsat = partDown(creditedMsat, booking.commissionBasisPoints);
  const entries: Entry[] = [
    {
      account: { kind: 'seller', owner: booking.sellerId },
      amountMsat: creditedMsat - commissionMsat,
    },
    { account: { kind: 'refundable', owner: booking.orderId }, amountMsat: refundableMsat },
    {
      account: { kind: 'node', owner: booking.nodeKey },
      amountMsat: -(creditedMsat + refundableMsat),
    },
    { account: { kind: 'commission', owner: 'market' }, amountMsat: commissionMsat },
  ];
  return entries.filter((entry) => entry.amountMsat !== 0n);
}
