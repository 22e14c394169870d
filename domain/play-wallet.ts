import type { Msat } from './money.ts';

/** What the channels of a wallet can send, and what they can take in. */
export interface WalletBalance {
  spendableMsat: Msat;
  receivableMsat: Msat;
}

/** What a wallet paid, or was to be paid. */
export interface WalletEntry {
  direction: 'paid' | 'received';
  /** `open`: an invoice that nobody paid yet; `pending`: on its way, or held by whoever is paid. */
  state: 'open' | 'pending' | 'settled' | 'failed';
  paymentHash: Uint8Array;
  amountMsat: Msat;
  /** null while it is not settled, and for what came in. */
  feeMsat: Msat | null;
  /** As whoever made the invoice wrote it. */
  description: string;
  createdAtMs: number;
}

/** An invoice that a wallet can pay. */
export interface PayableInvoice {
  bolt11: string;
  paymentHash: Uint8Array;
  amountMsat: Msat;
  /** As whoever made it wrote it; may be empty. */
  description: string;
  expiresAtMs: number;
}

/** Why it cannot pay one. */
export type InvoiceFault =
  | 'not-an-invoice'
  | 'other-network'
  | 'no-amount'
  | 'own-invoice'
  | 'expired';
