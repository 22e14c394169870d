import type { Msat } from '../domain/money.ts';
import type { WalletBalance } from '../domain/play-wallet.ts';

/** What the business needs of a Lightning node. Hashes and preimages are 32 bytes. */
export interface Lightning {
  /** The node's public key, hex: settle indexes mean something per node only. */
  nodeKey(): Promise<string>;
  /** Whether the node knows the chain as it is now. Asked anew each time. */
  nodeState(): Promise<NodeState>;
  /** What its open channels can carry, in all. */
  liquidity(): Promise<WalletBalance>;
  /**
   * Makes an invoice of a fixed amount from a preimage of ours; asked again for the same preimage it answers with the
   * invoice that is there.
   */
  createInvoice(request: InvoiceRequest): Promise<{ bolt11: string }>;
  lookUpInvoice(paymentHash: Uint8Array): Promise<NodeInvoice | null>;
  /**
   * Makes sure that an open invoice can no longer be paid, and gives a held payment back. A settled one stays settled:
   * look it up afterwards.
   */
  cancelInvoice(paymentHash: Uint8Array): Promise<void>;
  /**
   * Takes the payment that is held for an invoice. Where none is held nothing happens: look it up afterwards, whether
   * this resolves or not.
   */
  settleHeld(preimage: Uint8Array): Promise<void>;
  /**
   * Waits for the payment of a hold invoice. Resolves once it is not open any more, or when `signal` aborts.
   *
   * @throws when the stream breaks: look the invoice up, or wait again
   */
  untilArrived(paymentHash: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Every settled invoice created since then, newest first. */
  settledSince(createdAfterMs: number): AsyncIterable<SettledInvoice>;
  /**
   * Calls `onSettled` with the invoices settled after `settleIndex` and from then on, in the node's order: with all
   * that have arrived, up to a bound, and not again before it is done. Index 0 replays nothing. Resolves when `signal`
   * aborts.
   *
   * @throws when the stream breaks, or `onSettled` does: subscribe again from the own cursor
   */
  watchSettled(
    settleIndex: bigint,
    onSettled: (invoices: SettledInvoice[]) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /** Reads a BOLT11 invoice, its signature checked; null when it is not one. Asks no node. */
  readInvoice(bolt11: string): ReadInvoice | null;
  /** Pays an invoice; asked again for the same hash it tracks the payment under way and never pays twice. */
  pay(request: PayRequest): Promise<PaymentResult>;
  /** What became of a payment, by its hash. */
  track(paymentHash: Uint8Array): Promise<PaymentResult>;
  /** Every payment that the node has made, newest first. */
  sent(): AsyncIterable<SentPayment>;
}

export interface NodeState {
  /** Whether it has caught up with the chain: before, it does not see all that happens to its channels. */
  synced: boolean;
  blockHeight: number;
}

export interface InvoiceRequest {
  preimage: Uint8Array;
  amountMsat: Msat;
  description: string;
  /** By the clock of this host. */
  expiresAtMs: number;
  /** The payment waits at the node, up to half a day, until it is taken or given back. */
  hold?: boolean;
}

export interface ReadInvoice {
  paymentHash: Uint8Array;
  /** null: the payer may choose the amount. */
  amountMsat: Msat | null;
  /** `bitcoin`, `testnet`, `signet` or `regtest`. */
  chain: string;
  /** The public key of the node that is paid, hex. */
  destination: string;
  /** What it is for, as whoever made it wrote; empty when it names only a hash of that. */
  description: string;
  expiresAtMs: number;
}

export interface NodeInvoice {
  paymentHash: Uint8Array;
  bolt11: string;
  state: 'open' | 'held' | 'settled' | 'cancelled';
  settled: SettledInvoice | null;
  /**
   * Of a held payment: in how many blocks the first of its parts can be taken back on the chain. The node gives it back
   * some blocks earlier by itself.
   */
  blocksLeft: number | null;
}

export interface SettledInvoice {
  paymentHash: Uint8Array;
  receivedMsat: Msat;
  settleIndex: bigint;
  settledAtMs: number;
}

export interface PayRequest {
  bolt11: string;
  maxFeeMsat: Msat;
  timeoutMs: number;
}

export interface SentPayment {
  paymentHash: Uint8Array;
  /** null: it was sent without an invoice. */
  bolt11: string | null;
  /** Without the fee. */
  amountMsat: Msat;
  feeMsat: Msat;
}

/** `unknown`: the node has never been told to pay this hash. */
export type PaymentResult =
  | { state: 'succeeded'; preimage: Uint8Array; feeMsat: Msat }
  | { state: 'failed'; reason: string }
  | { state: 'pending' }
  | { state: 'unknown' };

/** The node cannot be reached or did not answer: nothing is known about what was asked of it. */
export class NodeUnreachable extends Error {
  override name = 'NodeUnreachable';
}
