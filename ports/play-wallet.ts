import type { WalletBalance, WalletEntry } from '../domain/play-wallet.ts';
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
