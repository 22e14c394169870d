import type { Invoice } from '../store/invoice-table.ts';

export type HtlcDecision = 'settle' | 'hold' | 'refuse';

/** What becomes of an HTLC set that arrived in full for this invoice. Like LND it takes any amount above the value. */
export function decideHtlc(
  invoice: Invoice | undefined,
  amountMsat: bigint,
  nowS: number,
): HtlcDecision {
  if (invoice?.state !== 'open') return 'refuse';
  if (invoice.createdS + invoice.expiryS <= nowS) return 'refuse';
  if (amountMsat < invoice.valueMsat) return 'refuse';
  return invoice.isHold ? 'hold' : 'settle';
}
