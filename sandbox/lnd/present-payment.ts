import type { Payment, PaymentStatus, RouteHop } from '../store/payment-table.ts';

const NO_PREIMAGE = '0'.repeat(64);
const NANOSECONDS = 1_000_000n;

const STATES: Record<PaymentStatus, string> = {
  queued: 'IN_FLIGHT',
  sent: 'IN_FLIGHT',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
};

/** A payment as lnrpc.Payment, with one HTLC attempt on its planned route. */
export function presentPayment(payment: Payment) {
  const { amountMsat, feeMsat } = payment;
  return {
    payment_hash: payment.hash,
    value: (amountMsat / 1000n).toString(),
    value_sat: (amountMsat / 1000n).toString(),
    value_msat: amountMsat.toString(),
    creation_date: Math.floor(payment.createdMs / 1000).toString(),
    creation_time_ns: nanoseconds(payment.createdMs),
    fee: (feeMsat / 1000n).toString(),
    fee_sat: (feeMsat / 1000n).toString(),
    fee_msat: feeMsat.toString(),
    payment_preimage: payment.preimage ?? NO_PREIMAGE,
    payment_request: payment.request,
    status: STATES[payment.status],
    htlcs: wasAttempted(payment) ? [presentAttempt(payment)] : [],
    payment_index: payment.paymentIndex.toString(),
    failure_reason: `FAILURE_REASON_${payment.failure ?? 'NONE'}`,
    first_hop_custom_records: {},
  };
}

// Clients take a payment without an attempt for one that is not under way.
function wasAttempted({ status, failure }: Payment): boolean {
  return status !== 'failed' || failure === 'INCORRECT_PAYMENT_DETAILS';
}

function presentAttempt(payment: Payment) {
  return {
    attempt_id: payment.paymentIndex.toString(),
    status: STATES[payment.status],
    route: presentRoute(payment),
    attempt_time_ns: nanoseconds(payment.createdMs),
    resolve_time_ns: nanoseconds(payment.resolvedMs ?? 0),
    preimage: Buffer.from(payment.preimage ?? '', 'hex'),
  };
}

function presentRoute(payment: Payment) {
  const feeMsat = payment.status === 'succeeded' ? payment.feeMsat : plannedFeeMsat(payment);
  const totalMsat = payment.amountMsat + feeMsat;
  return {
    total_time_lock: payment.route[0]?.expiryHeight ?? 0,
    total_fees: (feeMsat / 1000n).toString(),
    total_fees_msat: feeMsat.toString(),
    total_amt: (totalMsat / 1000n).toString(),
    total_amt_msat: totalMsat.toString(),
    first_hop_amount_msat: totalMsat.toString(),
    hops: payment.route.map((hop, index) => presentHop(payment, hop, index === 0 ? feeMsat : 0n)),
  };
}

// Routes here have at most one hop that takes a fee: the first of two.
function presentHop(payment: Payment, hop: RouteHop, routeFeeMsat: bigint) {
  const feeMsat = payment.route.length > 1 ? routeFeeMsat : 0n;
  return {
    chan_id: hop.channelId,
    chan_capacity: '0',
    amt_to_forward: (payment.amountMsat / 1000n).toString(),
    amt_to_forward_msat: payment.amountMsat.toString(),
    fee: (feeMsat / 1000n).toString(),
    fee_msat: feeMsat.toString(),
    expiry: hop.expiryHeight,
    pub_key: hop.pubkey,
    tlv_payload: true,
    custom_records: {},
  };
}

function plannedFeeMsat(payment: Payment): bigint {
  return payment.route.reduce((sum, hop) => sum + BigInt(hop.feeMsat), 0n);
}

function nanoseconds(ms: number): string {
  return (BigInt(ms) * NANOSECONDS).toString();
}
