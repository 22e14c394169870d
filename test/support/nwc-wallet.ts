import { randomBytes } from 'node:crypto';
import { type Nip47Transaction, NWCWalletService, NWCWalletServiceKeyPair } from '@getalby/sdk/nwc';
import { schnorr } from '@noble/curves/secp256k1.js';
import type { Lightning, PaymentResult } from '../../ports/lightning.ts';

const MAX_FEE_MSAT = 5_000n;
const TIMEOUT_MS = 20_000;

export interface NwcWallet extends Disposable {
  /** What its owner pastes into a shop. */
  connection: string;
  /** Of all that it was asked to pay. */
  asked: string[];
}

/** A wallet that is reached over Nostr Wallet Connect and pays from a node; up to a budget. */
export async function startNwcWallet(
  relayUrl: string,
  node: Lightning,
  budgetMsat = 1_000_000n,
): Promise<NwcWallet> {
  const walletSecret = randomBytes(32).toString('hex');
  const secret = randomBytes(32);
  const keys = new NWCWalletServiceKeyPair(walletSecret, hex(schnorr.getPublicKey(secret)));
  const service = new NWCWalletService({ relayUrls: [relayUrl] });
  const asked: string[] = [];
  let leftMsat = budgetMsat;
  const answers = ['pay_invoice', 'lookup_invoice'] as const;
  await service.publishWalletServiceInfoEvent(walletSecret, [...answers], []);
  const stop = await service.subscribe(keys, {
    async payInvoice({ invoice }) {
      asked.push(invoice);
      const amountMsat = node.readInvoice(invoice)?.amountMsat ?? 0n;
      if (amountMsat > leftMsat) return failed('QUOTA_EXCEEDED', 'over the budget');
      const paid = await node.pay({
        bolt11: invoice,
        maxFeeMsat: MAX_FEE_MSAT,
        timeoutMs: TIMEOUT_MS,
      });
      if (paid.state !== 'succeeded') return failed('PAYMENT_FAILED', paid.state);
      leftMsat -= amountMsat;
      const { preimage, feeMsat } = paid;
      return { result: { preimage: hex(preimage), fees_paid: Number(feeMsat) }, error: undefined };
    },
    async lookupInvoice({ payment_hash = '' }) {
      const found = await node.track(Buffer.from(payment_hash, 'hex'));
      if (found.state === 'unknown') return failed('NOT_FOUND', 'no such payment');
      const invoice = asked.find((bolt11) => hashOf(node, bolt11) === payment_hash) ?? '';
      return { result: transactionOf(invoice, payment_hash, found), error: undefined };
    },
  });
  const query = new URLSearchParams({ relay: relayUrl, secret: hex(secret) });
  return {
    connection: `nostr+walletconnect://${keys.walletPubkey}?${query}`,
    asked,
    [Symbol.dispose]() {
      stop();
      service.close();
    },
  };
}

function transactionOf(
  invoice: string,
  payment_hash: string,
  found: Exclude<PaymentResult, { state: 'unknown' }>,
): Nip47Transaction {
  const isPaid = found.state === 'succeeded';
  return {
    type: 'outgoing',
    state: isPaid ? 'settled' : found.state === 'failed' ? 'failed' : 'pending',
    invoice,
    description: '',
    description_hash: '',
    preimage: isPaid ? hex(found.preimage) : '',
    payment_hash,
    amount: 0,
    fees_paid: isPaid ? Number(found.feeMsat) : 0,
    settled_at: 0,
    created_at: 0,
    expires_at: 0,
  };
}

function hashOf(node: Lightning, bolt11: string): string | undefined {
  const read = node.readInvoice(bolt11);
  return read ? hex(read.paymentHash) : undefined;
}

function failed(code: string, message: string) {
  return { result: undefined, error: { code, message } };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
