import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Msat } from '../domain/money.ts';
import type { InvoiceFault, PayableInvoice } from '../domain/play-wallet.ts';
import { NodeUnreachable, type PaymentResult } from '../ports/lightning.ts';
import type { PlayWallet } from '../ports/play-wallet.ts';

// Whoever is paid may hold a payment for long: it goes on by itself, and the visitor does not wait for it.
const PATIENCE_MS = 5_000;
const PATHFINDING_MS = 30_000;
const MIN_FEE_LIMIT_MSAT = 10_000n;
const FEE_LIMIT_PARTS = 100n;
const RECEIVE_WITHIN_MS = 3_600_000;
const CHAIN = 'regtest';

/** Reads what was pasted: an invoice, with or without `lightning:` ahead of it. */
export async function readPayable(
  wallet: Pick<PlayWallet, 'nodeKey' | 'readInvoice'>,
  text: string,
): Promise<PayableInvoice | InvoiceFault> {
  const bolt11 = text
    .trim()
    .replace(/^lightning:/i, '')
    .toLowerCase();
  const invoice = wallet.readInvoice(bolt11);
  if (!invoice) return 'not-an-invoice';
  const { amountMsat } = invoice;
  if (invoice.chain !== CHAIN) return 'other-network';
  if (amountMsat === null) return 'no-amount';
  if (invoice.destination === (await wallet.nodeKey())) return 'own-invoice';
  return invoice.expiresAtMs <= Date.now() ? 'expired' : { ...invoice, bolt11, amountMsat };
}

/**
 * Pays an invoice, once however often it is asked: the node refuses a hash that is paid or under way. `pending` after
 * some seconds: the payment goes on, and {@link trackPayment} tells what becomes of it.
 */
export async function payFromWallet(
  wallet: Pick<PlayWallet, 'pay'>,
  { bolt11, amountMsat }: PayableInvoice,
): Promise<PaymentResult> {
  const part = amountMsat / FEE_LIMIT_PARTS;
  const maxFeeMsat = part > MIN_FEE_LIMIT_MSAT ? part : MIN_FEE_LIMIT_MSAT;
  const paying = wallet.pay({ bolt11, maxFeeMsat, timeoutMs: PATHFINDING_MS }).catch(orPending);
  return Promise.race([paying, sleep(PATIENCE_MS, { state: 'pending' } as const, { ref: false })]);
}

/** What became of a payment; `pending` also while the node does not answer. */
export function trackPayment(
  wallet: Pick<PlayWallet, 'track'>,
  paymentHash: Uint8Array,
): Promise<PaymentResult> {
  return wallet.track(paymentHash).catch(orPending);
}

/** Makes an invoice over an hour; returns its hash. */
export async function receiveIntoWallet(
  wallet: Pick<PlayWallet, 'createInvoice' | 'readInvoice'>,
  { amountMsat, description }: { amountMsat: Msat; description: string },
): Promise<Uint8Array> {
  const expiresAtMs = Date.now() + RECEIVE_WITHIN_MS;
  const preimage = randomBytes(32);
  const { bolt11 } = await wallet.createInvoice({ preimage, amountMsat, description, expiresAtMs });
  return wallet.readInvoice(bolt11)!.paymentHash;
}

// A node that went silent while it paid may have paid.
function orPending(error: unknown): PaymentResult {
  if (error instanceof NodeUnreachable) return { state: 'pending' };
  throw error;
}
