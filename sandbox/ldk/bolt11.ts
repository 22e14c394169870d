import {
  Bolt11Invoice,
  Bolt11InvoiceDescription,
  Description,
  Option_ThirtyTwoBytesZ,
  Sha256,
} from 'lightningdevkit';
import { bytesOf, hexOf } from '../bytes.ts';
import type { Hint } from '../store/invoice-table.ts';
import type { LdkNode } from './node.ts';
import { noU64, someU16, someU32, someU64, u64Of, unwrap } from './result.ts';

export interface InvoiceTerms {
  hash: string;
  /** 0 leaves the amount to the payer. */
  valueMsat: bigint;
  memo: string;
  /** Hex; '' for none. Takes the memo's place in the request. */
  descriptionHash: string;
  expiryS: number;
  cltvDelta: number;
}

export interface Bolt11 {
  request: string;
  hash: string;
  payee: string;
  paymentSecret: string;
  amountMsat: bigint;
  createdS: number;
  expiryS: number;
  cltvDelta: number;
  hints: Hint[][];
}

/** Signs a BOLT 11 request whose preimage only the caller knows. Throws LdkError. */
export function makeBolt11(node: LdkNode, terms: InvoiceTerms): Bolt11 {
  node.syncClock();
  const made = node.manager.create_bolt11_invoice(
    terms.valueMsat > 0n ? someU64(terms.valueMsat) : noU64(),
    descriptionOf(terms),
    someU32(terms.expiryS),
    someU16(terms.cltvDelta),
    Option_ThirtyTwoBytesZ.constructor_some(bytesOf(terms.hash)),
  );
  return detailsOf(unwrap<Bolt11Invoice>('create_bolt11_invoice', made));
}

/** Parses and checks a BOLT 11 request. Throws LdkError. */
export function parseBolt11(request: string): { invoice: Bolt11Invoice; details: Bolt11 } {
  const invoice = unwrap<Bolt11Invoice>('bolt11', Bolt11Invoice.constructor_from_str(request));
  return { invoice, details: detailsOf(invoice) };
}

function descriptionOf({ memo, descriptionHash }: InvoiceTerms): Bolt11InvoiceDescription {
  if (descriptionHash !== '') {
    const hash = Sha256.constructor_from_bytes(bytesOf(descriptionHash));
    return Bolt11InvoiceDescription.constructor_hash(hash);
  }
  const description = unwrap<Description>('description', Description.constructor_new(memo));
  return Bolt11InvoiceDescription.constructor_direct(description);
}

function detailsOf(invoice: Bolt11Invoice): Bolt11 {
  return {
    request: invoice.to_str(),
    hash: hexOf(invoice.payment_hash()),
    payee: hexOf(invoice.get_payee_pub_key()),
    paymentSecret: hexOf(invoice.payment_secret()),
    amountMsat: u64Of(invoice.amount_milli_satoshis()) ?? 0n,
    createdS: Number(invoice.duration_since_epoch()),
    expiryS: Number(invoice.expiry_time()),
    cltvDelta: Number(invoice.min_final_cltv_expiry_delta()),
    hints: invoice.route_hints().map((route) =>
      route.get_a().map((hop) => ({
        pubkey: hexOf(hop.get_src_node_id()),
        scid: hop.get_short_channel_id().toString(),
        feeBaseMsat: hop.get_fees().get_base_msat(),
        feePpm: hop.get_fees().get_proportional_millionths(),
        cltvDelta: hop.get_cltv_expiry_delta(),
      })),
    ),
  };
}
