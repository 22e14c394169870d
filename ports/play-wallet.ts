import type { Msat } from '../domain/money.ts';
import type { Lightning } from './lightning.ts';

/** A wallet with worthless coins, which all visitors of a play market share: a node of the sandbox. */
export interface PlayWallet
  extends Pick<
    Lightning,
    'nodeKey' | 'createInvoice' | 'lookUpInvoice' | 'readInvoice' | 'pay' | 'track'
  > {
  balance(): Promise<WalletBalance>;
  /** What it paid and what it was to be paid, newest first. */
  history(limit: number): Promise<WalletEntry[]>;
}

/** What its channels can send, and what they can take in. */
export interface WalletBalance {
  spendableMsat: Msat;
  receivableMsat: Msat;
}

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
