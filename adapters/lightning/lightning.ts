import { createHash } from 'node:crypto';
import {
  type AuthenticatedLnd,
  cancelHodlInvoice,
  createHodlInvoice,
  createInvoice,
  getInvoice,
  getInvoices,
  getWalletInfo,
} from 'ln-service';
import type {
  InvoiceRequest,
  Lightning,
  NodeInvoice,
  SettledInvoice,
} from '../../ports/lightning.ts';
import { ask } from './ask.ts';
import { asError, nodeAnswer } from './failure.ts';
import { settleHeld, untilArrived } from './hold.ts';
import { asSettled, hex, type LndInvoice } from './invoice.ts';
import { liquidity, nodeState } from './node-state.ts';
import { pay, readInvoice, track } from './pay.ts';
import { sentPayments } from './sent-payments.ts';
import { withTimeout } from './timeout.ts';
import { watchSettled } from './watch.ts';

const PAGE_INVOICES = 100;
// LND's own default, said aloud: so long, in blocks, a payment can be held at most.
const HOLD_BLOCKS = 80;
// LND says it in words; ln-service answers InvoiceWithGivenHashAlreadyExists and keeps the words to itself.
const ALREADY_EXISTS = /already ?exists/;

type FoundInvoice = LndInvoice & {
  request: string;
  payments: { is_held: boolean; timeout: number }[];
};

/** Lightning as LND does it, through ln-service; the sandbox speaks the same protocol. */
export function openLightning(lnd: AuthenticatedLnd): Lightning {
  let nodeKey: string | undefined;

  async function readNodeKey(): Promise<string> {
    nodeKey ??= (await ask('read the node', () => getWalletInfo({ lnd }))).public_key;
    return nodeKey;
  }

  async function readHeight(): Promise<number> {
    const wallet = await withTimeout('read the node', getWalletInfo({ lnd }));
    return wallet.current_block_height;
  }

  async function create(request: InvoiceRequest): Promise<{ bolt11: string }> {
    const paymentHash = sha256(request.preimage);
    const terms = {
      lnd,
      mtokens: request.amountMsat.toString(),
      description: request.description,
      expires_at: new Date(request.expiresAtMs).toISOString(),
      is_including_private_channels: true,
    };
    const making: Promise<{ request: string }> = request.hold
      ? createHodlInvoice({ ...terms, id: hex(paymentHash), cltv_delta: HOLD_BLOCKS })
      : createInvoice({ ...terms, secret: hex(request.preimage) });
    try {
      return { bolt11: (await withTimeout('create an invoice', making)).request };
    } catch (error) {
      if (!ALREADY_EXISTS.test(nodeAnswer(error))) throw asError(error, 'create an invoice');
      const invoice = await lookUp(paymentHash);
      if (!invoice) throw asError(error, 'create an invoice');
      return { bolt11: invoice.bolt11 };
    }
  }

  async function lookUp(paymentHash: Uint8Array): Promise<NodeInvoice | null> {
    try {
      const found = await withTimeout('look up', getInvoice({ lnd, id: hex(paymentHash) }));
      const invoice = found as FoundInvoice;
      return asNodeInvoice(invoice, invoice.is_held ? await readHeight() : 0);
    } catch (error) {
      if (isUnknownInvoice(error)) return null;
      throw asError(error, 'look up an invoice');
    }
  }

  async function cancel(paymentHash: Uint8Array): Promise<void> {
    try {
      await withTimeout('cancel', cancelHodlInvoice({ lnd, id: hex(paymentHash) }));
    } catch (error) {
      const answer = nodeAnswer(error);
      if (isUnknownInvoice(error) || answer.includes('already')) return;
      throw asError(error, 'cancel an invoice');
    }
  }

  async function* settledSince(createdAfterMs: number): AsyncIterable<SettledInvoice> {
    const since = { created_after: new Date(createdAfterMs).toISOString(), limit: PAGE_INVOICES };
    let token: string | undefined;
    do {
      const request = token ? { lnd, token } : { lnd, ...since };
      const page = await ask('list invoices', () => getInvoices(request));
      for (const invoice of page.invoices as LndInvoice[]) {
        if (invoice.is_confirmed) yield asSettled(invoice);
      }
      token = page.next;
    } while (token);
  }

  return {
    nodeKey: readNodeKey,
    nodeState: () => nodeState(lnd),
    liquidity: () => liquidity(lnd),
    createInvoice: create,
    lookUpInvoice: lookUp,
    cancelInvoice: cancel,
    settleHeld: (preimage) => settleHeld(lnd, preimage),
    untilArrived: (paymentHash, signal) => untilArrived(lnd, paymentHash, signal),
    settledSince,
    watchSettled: (settleIndex, onSettled, signal) =>
      watchSettled(lnd, settleIndex, onSettled, signal),
    readInvoice,
    pay: (request) => pay(lnd, request),
    track: (paymentHash) => track(lnd, paymentHash),
    sent: () => sentPayments(lnd),
  };
}

function asNodeInvoice(invoice: FoundInvoice, height: number): NodeInvoice {
  const held = invoice.is_held ? 'held' : 'open';
  const unsettled = invoice.is_canceled ? 'cancelled' : held;
  return {
    paymentHash: Buffer.from(invoice.id, 'hex'),
    bolt11: invoice.request,
    state: invoice.is_confirmed ? 'settled' : unsettled,
    settled: invoice.is_confirmed ? asSettled(invoice) : null,
    blocksLeft: invoice.is_held ? blocksLeft(invoice, height) : null,
  };
}

function blocksLeft({ payments }: FoundInvoice, height: number): number {
  const held = payments.filter(({ is_held }) => is_held);
  return Math.min(...held.map(({ timeout }) => timeout)) - height;
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

function isUnknownInvoice(error: unknown): boolean {
  return /unable to locate invoice|invoice not found|there are no existing invoices/.test(
    nodeAnswer(error),
  );
}
