import type { Listing, Plan } from '../../../contract/index.ts';
import type { FormState } from '../../parts/form.ts';

/** What the order form says about one purchase. */
export interface OrderOffer {
  listing: Listing;
  plan: Plan;
  quantity: number;
  /** null when it cannot be sold at present; the form says why. */
  quote: Quote | null;
  /** What the buyer has to accept. */
  terms: { hash: string; text: string; licence: string } | null;
  /** Keys of the visitor's shelf: those that have access already, which is extended, and others of his. */
  ownKeys: { buyerKey: string; isLive: boolean; expiresAtMs: number | null }[];
  /** Of this form: sending it twice orders once. */
  token: string;
  /** How much work a trial takes; 0: none. */
  trialWorkBits: number;
  form: FormState;
}

export interface Quote {
  priceMsat: string;
  durationMs: number | null;
  nowMs: number;
  /** What the price is locked at when it is ordered now; null for a price in msat. */
  locked: { currency: string; priceMinor: number; msatPerUnit: string } | null;
  /** Of a price in msat: about how much that is. */
  about: { currency: string; amountMinor: number } | null;
}
