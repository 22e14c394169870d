import type { Invoice } from '../store/invoice-table.ts';
import type { InvoiceRequest } from '../wallet/check-terms.ts';
import type { Invoices } from '../wallet/invoices.ts';
import { CODE, Refusal } from '../wallet/refusal.ts';
import { amountMsat, count, hashHex } from './parse.ts';
import { presentInvoice } from './present-invoice.ts';

// LND's default page, and a bound on what anybody asks for.
const DEFAULT_PAGE = 100;
const MAX_PAGE = 10_000;

interface AddRequest {
  memo: string;
  r_preimage?: Uint8Array;
  hash?: Uint8Array;
  value: string;
  value_msat: string;
  description_hash: Uint8Array;
  expiry: string;
  fallback_addr: string;
  cltv_expiry: string;
  private: boolean;
  is_amp?: boolean;
  is_blinded?: boolean;
}

interface ListRequest {
  pending_only: boolean;
  index_offset: string;
  num_max_invoices: string;
  reversed: boolean;
  creation_date_start: string;
  creation_date_end: string;
}

/** lnrpc.Lightning's and invoicesrpc.Invoices' unary methods on invoices. */
export function invoiceMethods(invoices: Invoices) {
  return {
    AddInvoice(request: AddRequest) {
      const preimage = request.r_preimage?.length ? request.r_preimage : null;
      return presentAdded(invoices.add({ ...termsOf(request), preimage, holdHash: null }));
    },

    AddHoldInvoice(request: AddRequest) {
      const holdHash = request.hash ?? new Uint8Array();
      return presentAdded(invoices.add({ ...termsOf(request), preimage: null, holdHash }));
    },

    LookupInvoice(request: { r_hash: Uint8Array; r_hash_str: string }) {
      const hash = request.r_hash.length > 0 ? hashHex(request.r_hash) : request.r_hash_str;
      return presentInvoice(invoices.get(hash));
    },

    ListInvoices(request: ListRequest) {
      const page = invoices.table.page({
        pendingOnly: request.pending_only,
        offset: count(request.index_offset),
        limit: Math.min(count(request.num_max_invoices) || DEFAULT_PAGE, MAX_PAGE),
        reversed: request.reversed,
        createdFromS: count(request.creation_date_start),
        createdToS: count(request.creation_date_end),
      });
      return {
        invoices: page.map(presentInvoice),
        first_index_offset: (page[0]?.addIndex ?? 0).toString(),
        last_index_offset: (page.at(-1)?.addIndex ?? 0).toString(),
      };
    },

    CancelInvoice(request: { payment_hash: Uint8Array }) {
      invoices.cancel(hashHex(request.payment_hash));
      return {};
    },

    SettleInvoice(request: { preimage: Uint8Array }) {
      if (request.preimage.length !== 32) {
        throw new Refusal(CODE.invalidArgument, 'preimage must be 32 bytes');
      }
      return invoices.settle(request.preimage).then(() => ({}));
    },
  };
}

function termsOf(request: AddRequest): Omit<InvoiceRequest, 'preimage' | 'holdHash'> {
  if (request.is_amp || request.is_blinded || request.fallback_addr) {
    throw new Refusal(CODE.unknown, 'the sandbox makes plain BOLT 11 invoices only');
  }
  return {
    memo: request.memo,
    descriptionHash: request.description_hash,
    valueMsat: amountMsat(request.value, request.value_msat),
    expiryS: count(request.expiry),
    cltvDelta: count(request.cltv_expiry),
    isPrivate: request.private,
  };
}

function presentAdded(invoice: Invoice) {
  return {
    r_hash: Buffer.from(invoice.hash, 'hex'),
    payment_request: invoice.request,
    add_index: invoice.addIndex.toString(),
    payment_addr: Buffer.from(invoice.paymentSecret, 'hex'),
  };
}
