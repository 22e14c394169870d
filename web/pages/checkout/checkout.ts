import type { Listing, Order } from '../../../contract/index.ts';
import type { Payout } from '../../../contract/payout.ts';
import type { Row } from '../shelf/columns.ts';

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
  /** Whether the visitor ordered it, or has its key. */
  isOwn: boolean;
  /** Whether what it bought may be read on that shelf. */
  mayRead: boolean;
  /** The newest blocks of what was bought; none when they cannot be read at once. */
  newest: Row[];
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
