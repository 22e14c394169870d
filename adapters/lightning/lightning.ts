import { createHash } from 'node:crypto';
import {
  type AuthenticatedLnd,
  cancelHodlInvoice,
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
import { asSettled, hex, type LndInvoice } from './invoice.ts';
import { pay, readInvoice, track } from './pay.ts';
import { withTimeout } from './timeout.ts';
import { watchSettled } from './watch.ts';

const PAGE_INVOICES = 100;
// LND says it in words; ln-service answers InvoiceWithGivenHashAlreadyExists and keeps the words to itself.
const ALREADY_EXISTS = /already ?exists/;

/** Lightning as LND does it, through ln-service; the sandbox speaks the same protocol. */
export function openLightning(lnd: AuthenticatedLnd): Lightning {
  let nodeKey: string | undefined;

  async function readNodeKey(): Promise<string> {
    nodeKey ??= (await ask('read the node', () => getWalletInfo({ lnd }))).public_key;
    return nodeKey;
  }

  async function create(request: InvoiceRequest): Promise<{ bolt11: string }> {
    const make = () =>
      createInvoice({
        lnd,
        secret: hex(request.preimage),
        mtokens: request.amountMsat.toString(),
        description: request.description,
        expires_at: new Date(request.expiresAtMs).toISOString(),
        is_including_private_channels: true,
      });
    try {
      return { bolt11: (await withTimeout('create an invoice', make())).request };
    } catch (error) {
      if (!ALREADY_EXISTS.test(nodeAnswer(error))) throw asError(error, 'create an invoice');
      const invoice = await lookUp(sha256(request.preimage));
      if (!invoice) throw asError(error, 'create an invoice');
      return { bolt11: invoice.bolt11 };
    }
  }

  async function lookUp(paymentHash: Uint8Array): Promise<NodeInvoice | null> {
    try {
      const invoice = await withTimeout('look up', getInvoice({ lnd, id: hex(paymentHash) }));
      return asNodeInvoice(invoice as LndInvoice & { request: string });
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
    createInvoice: create,
    lookUpInvoice: lookUp,
    cancelInvoice: cancel,
    settledSince,
    watchSettled: (settleIndex, onSettled, signal) =>
      watchSettled(lnd, settleIndex, onSettled, signal),
    readInvoice,
    pay: (request) => pay(lnd, request),
    track: (paymentHash) => track(lnd, paymentHash),
  };
}

function asNodeInvoice(invoice: LndInvoice & { request: string }): NodeInvoice {
  const held = invoice.is_held ? 'held' : 'open';
  const unsettled = invoice.is_canceled ? 'cancelled' : held;
  return {
    paymentHash: Buffer.from(invoice.id, 'hex'),
    bolt11: invoice.request,
    state: invoice.is_confirmed ? 'settled' : unsettled,
    settled: invoice.is_confirmed ? asSettled(invoice) : null,
  };
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

function isUnknownInvoice(error: unknown): boolean {
  return /unable to locate invoice|invoice not found|there are no existing invoices/.test(
    nodeAnswer(error),
  );
}
