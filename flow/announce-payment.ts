import type { Judgement } from '../domain/payment.ts';
import type { Announcement } from './announce.ts';

interface LatePayment {
  order: { id: string; sellerId: string; slug: string };
  paymentHash: Uint8Array;
  receivedMsat: bigint;
  settledAtMs: number;
  judgement: Judgement;
}

/** Announces a payment that came too late, or was less or more than asked for; nothing of one that was as it should be. */
export function latePayment(payment: LatePayment): Announcement[] {
  const outcome = nameOf(payment.judgement);
  if (!outcome) return [];
  const { order, paymentHash, receivedMsat, settledAtMs, judgement } = payment;
  return [
    {
      topic: 'payment.late',
      subjectId: order.id,
      sellerId: order.sellerId,
      payload: {
        orderId: order.id,
        listing: order.slug,
        paymentHash: Buffer.from(paymentHash).toString('hex'),
        outcome,
        receivedMsat: receivedMsat.toString(),
        refundableMsat: judgement.refundableMsat.toString(),
        settledAtMs,
      },
    },
  ];
}

function nameOf({ outcome, refundableMsat }: Judgement) {
  if (outcome === 'unknown') return null;
  if (outcome === 'settled') return refundableMsat > 0n ? 'overpaid' : null;
  return outcome;
}
