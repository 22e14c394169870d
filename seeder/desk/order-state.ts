import { lapseReasonOf, type OrderView } from '../../flow/read-orders.ts';
import type { OrderState } from '../../protocol/messages.ts';

/** An order as its buyer is told of it over the swarm. */
export function presentOrder(view: OrderView): OrderState {
  const { order, payments, grant } = view;
  return {
    id: order.id,
    feedId: order.feedId,
    plan: order.planName,
    quantity: order.quantity,
    buyerKey: hex(order.buyerKey),
    state: order.state,
    lapseReason: lapseReasonOf(view),
    priceMsat: order.priceMsat.toString(),
    isRated: order.currency !== null,
    durationMs: order.durationMs === null ? null : Number(order.durationMs),
    termsHash: order.termsHash && hex(order.termsHash),
    expiresAtMs: order.expiresAt.getTime(),
    invoice: presentInvoice(view),
    payments: payments.map(({ paymentHash, outcome, receivedMsat }) => ({
      paymentHash: hex(paymentHash),
      outcome,
      receivedMsat: receivedMsat.toString(),
    })),
    refundableMsat: view.refundableMsat.toString(),
    grant: grant && { state: grant.state, expiresAtMs: grant.expiresAt?.getTime() ?? null },
    nowMs: view.nowMs,
  };
}

function presentInvoice({ invoice }: OrderView): OrderState['invoice'] {
  if (!invoice?.bolt11 || invoice.state === 'preparing') return null;
  return {
    bolt11: invoice.bolt11,
    paymentHash: hex(invoice.paymentHash),
    amountMsat: invoice.amountMsat.toString(),
    settlement: invoice.hold ? 'held' : 'direct',
    state: invoice.state,
    expiresAtMs: invoice.expiresAt.getTime(),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
