import type { Listing, Order } from '../../../contract/index.ts';
import type { Payout } from '../../../contract/payout.ts';

/** What a checkout page is made of. */
export interface Checkout {
  order: Order;
  listing: Listing;
  /** Whether a payment of a hold invoice had arrived. */
  wasHeld: boolean;
  durationMs: number | null;
  /** Of an order in msat: about how much that is, in the minor unit of a currency. */
  about: { currency: string; amountMinor: number } | null;
  /** While the buyer has not said that he kept it. */
  claimCode: string | null;
  /** Whether the order lies on the visitor's shelf. */
  isOwn: boolean;
  refunds: Payout[];
  /** What to ask for of what is owed back. */
  payableMsat: string;
  /** What the same order would cost now, or why there is none. */
  again: { priceMsat: string } | { refused: 'terms' | 'gone' };
  /** For forms that must not do a thing twice. */
  token: string;
  /** What went wrong with the form of this page. */
  fault: { form: 'invoice' | 'again' | 'refund'; text: string; typed: string } | null;
  hasPlayWallet: boolean;
}
