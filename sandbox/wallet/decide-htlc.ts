import type { Invoice } from '../store/invoice-table.ts';

// BOLT 4: a final node accepts up to twice the amount, so that senders may hide it.
const MAX_OVERPAYMENT = 2n;

export type HtlcDecision = 'settle' | 'hold' | 'refuse';

/** What becomes of an HTLC set that arrived in full for this invoice. */
export function decideHtlc(
  invoice: Invoice | undefined,
  amountMsat: bigint,
  nowS: number,
): HtlcDecision {
  if (invoice?.state !== 'open') return 'refuse';
  if (invoice.createdS + invoice.expiryS <= nowS) return 'refuse';
  if (amountMsat < invoice.valueMsat) return 'refuse';
  if (invoice.valueMsat > 0n && amountMsat > invoice.valueMsat * MAX_OVERPAYMENT) return 'refuse';
  return invoice.isHold ? 'hold' : 'settle';
}
