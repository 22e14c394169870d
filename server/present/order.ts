import type { Order } from '../../contract/index.ts';
import { lapseReasonOf, type OrderView } from '../../flow/read-orders.ts';
import type { Order as OrderRow, Payment as PaymentRow } from '../../prisma/client/client.ts';
import { presentGrant } from './grant.ts';

export function presentOrder(view: OrderView): Order {
  const { order, invoice, payments, grant } = view;
  return {
    id: order.id,
    state: order.state,
    lapseReason: lapseReasonOf(view),
    listing: order.listingSlug,
    plan: order.planName,
    quantity: order.quantity,
    buyerKey: hex(order.buyerKey),
    priceMsat: order.priceMsat.toString(),
    rate: presentRate(order),
    termsHash: order.termsHash && hex(order.termsHash),
    createdAtMs: order.createdAt.getTime(),
    expiresAtMs: order.expiresAt.getTime(),
    invoice: presentInvoice(invoice),
    payments: payments.map(presentPayment),
    refundableMsat: view.refundableMsat.toString(),
    grant: grant && presentGrant({ ...grant, listingSlug: order.listingSlug }),
    nowMs: view.nowMs,
  };
}

export function presentRate(order: OrderRow): Order['rate'] {
  const { currency, priceMinor, msatPerUnit, rateSource, rateAsOf } = order;
  if (!currency || priceMinor === null || !msatPerUnit || !rateSource || !rateAsOf) return null;
  return {
    currency,
    priceMinor: priceMinor.toString(),
    msatPerUnit: msatPerUnit.toFixed(9),
    source: rateSource,
    asOfMs: rateAsOf.getTime(),
  };
}

export function presentPayment(payment: PaymentRow): Order['payments'][number] {
  return {
    paymentHash: hex(payment.paymentHash),
    outcome: payment.outcome,
    receivedMsat: payment.receivedMsat.toString(),
    refundableMsat: payment.refundableMsat.toString(),
    settledAtMs: payment.settledAt.getTime(),
  };
}

function presentInvoice(invoice: OrderView['invoice']): Order['invoice'] {
  if (!invoice?.bolt11 || invoice.state === 'preparing') return null;
  return {
    paymentHash: hex(invoice.paymentHash),
    bolt11: invoice.bolt11,
    amountMsat: invoice.amountMsat.toString(),
    settlement: invoice.hold ? 'held' : 'direct',
    state: invoice.state,
    expiresAtMs: invoice.expiresAt.getTime(),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
