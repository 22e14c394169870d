import { CHAIN_OF, type Market } from '../../contract/index.ts';
import type { Bolt11 } from '../wallet/bolt11.ts';
import type { DeskOrder } from './order-desk.ts';

/** What the buyer agreed to before the market named an invoice. */
export interface Agreed {
  priceMsat: bigint;
  /** null: not known, so that any will do; the wallet pays on its own only. */
  network: Market['network'] | null;
  nowMs: number;
}

/**
 * Why an invoice must not be paid, in words for the buyer; null when it says exactly what was agreed to. The market
 * is not trusted here: an invoice is a claim on the buyer's money.
 */
export function invoiceFault(
  order: Pick<DeskOrder, 'invoice' | 'priceMsat'>,
  bolt11: Bolt11 | null,
  agreed: Agreed,
): string | null {
  const { invoice } = order;
  if (invoice === null) return 'there is no invoice';
  if (bolt11 === null) return 'it is not a valid BOLT11 invoice';
  if (BigInt(order.priceMsat) !== agreed.priceMsat) {
    return `the order costs ${order.priceMsat} msat, the listing said ${agreed.priceMsat} msat`;
  }
  if (invoice.amountMsat !== order.priceMsat) {
    return `it asks for ${invoice.amountMsat} msat, the order costs ${order.priceMsat} msat`;
  }
  if (bolt11.amountMsat === null) return 'it leaves the amount open';
  if (bolt11.amountMsat !== agreed.priceMsat) {
    return `it asks for ${bolt11.amountMsat} msat, the order costs ${order.priceMsat} msat`;
  }
  if (bolt11.paymentHash !== invoice.paymentHash) return 'its payment hash is not the order’s';
  if (agreed.network !== null && bolt11.network !== CHAIN_OF[agreed.network]) {
    return `it is for ${bolt11.network}, this market is paid on ${agreed.network}`;
  }
  if (bolt11.expiresAtMs <= agreed.nowMs) return 'it has expired';
  return null;
}
