import type { Htlc, Invoice, InvoiceState } from '../store/invoice-table.ts';
import { presentHint } from './present-hint.ts';

const NO_BYTES = Buffer.alloc(0);
const NO_PREIMAGE = Buffer.alloc(32);
// LND (0.21) gives up a hold invoice this many blocks before its HTLC expires, LDK earlier: the expiry
// told is such that whoever subtracts LND's delta arrives at LDK's deadline.
const HOLD_EXPIRY_DELTA = 18;

const STATES: Record<InvoiceState, string> = {
  open: 'OPEN',
  accepted: 'ACCEPTED',
  settled: 'SETTLED',
  canceled: 'CANCELED',
};

/** BOLT 9 features that every invoice here carries. */
export const INVOICE_FEATURES = {
  8: { name: 'tlv-onion', is_required: true, is_known: true },
  14: { name: 'payment-addr', is_required: true, is_known: true },
  17: { name: 'multi-path-payments', is_required: false, is_known: true },
};

/** An invoice as lnrpc.Invoice, in full: ln-service refuses one with missing fields. */
export function presentInvoice(invoice: Invoice) {
  const isSettled = invoice.state === 'settled';
  const showsPreimage = invoice.preimage !== null && (!invoice.isHold || isSettled);
  return {
    memo: invoice.memo,
    r_preimage: showsPreimage ? Buffer.from(invoice.preimage ?? '', 'hex') : NO_PREIMAGE,
    r_hash: Buffer.from(invoice.hash, 'hex'),
    value: (invoice.valueMsat / 1000n).toString(),
    value_msat: invoice.valueMsat.toString(),
    settled: isSettled,
    creation_date: invoice.createdS.toString(),
    settle_date: (invoice.settledS ?? 0).toString(),
    payment_request: invoice.request,
    description_hash: Buffer.from(invoice.descriptionHash, 'hex'),
    expiry: invoice.expiryS.toString(),
    fallback_addr: '',
    cltv_expiry: invoice.cltvDelta.toString(),
    route_hints: invoice.isPrivate ? invoice.hints.map(presentHint) : [],
    private: invoice.isPrivate,
    add_index: invoice.addIndex.toString(),
    settle_index: (invoice.settleIndex ?? 0).toString(),
    amt_paid: invoice.paidMsat.toString(),
    amt_paid_sat: (invoice.paidMsat / 1000n).toString(),
    amt_paid_msat: invoice.paidMsat.toString(),
    state: STATES[invoice.state],
    htlcs: invoice.htlc ? [presentHtlc(invoice.htlc)] : [],
    features: INVOICE_FEATURES,
    is_keysend: false,
    payment_addr: Buffer.from(invoice.paymentSecret, 'hex'),
    is_amp: false,
    amp_invoice_state: {},
    is_blinded: false,
  };
}

function presentHtlc(htlc: Htlc) {
  return {
    chan_id: htlc.channelId,
    htlc_index: htlc.index.toString(),
    amt_msat: htlc.amountMsat,
    accept_height: htlc.acceptHeight,
    accept_time: htlc.acceptedS.toString(),
    resolve_time: htlc.resolvedS.toString(),
    expiry_height: htlc.deadlineHeight + HOLD_EXPIRY_DELTA,
    state: htlc.state.toUpperCase(),
    custom_records: {},
    mpp_total_amt_msat: htlc.amountMsat,
    custom_channel_data: NO_BYTES,
  };
}
