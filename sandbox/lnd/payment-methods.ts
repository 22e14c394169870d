import type { Payment } from '../store/payment-table.ts';
import type { PaymentRequest, Payments } from '../wallet/payments.ts';
import { CODE, Refusal } from '../wallet/refusal.ts';
import type { Outflow } from './outflow.ts';
import { amountMsat, count, feeLimitMsat, hashHex } from './parse.ts';
import { presentPayment } from './present-payment.ts';

const MAX_PAGE = 10_000;
const DEFAULT_TIMEOUT_S = 60;

interface SendRequest {
  payment_request: string;
  amt: string;
  amt_msat: string;
  fee_limit_sat: string;
  fee_limit_msat: string;
  timeout_seconds: number;
  no_inflight_updates: boolean;
}

interface TrackRequest {
  payment_hash: Uint8Array;
  no_inflight_updates: boolean;
}

interface ListRequest {
  include_incomplete: boolean;
  index_offset: string;
  max_payments: string;
  reversed: boolean;
  creation_date_start: string;
  creation_date_end: string;
}

/** lnrpc.Lightning's unary methods on payments. */
export function paymentMethods(payments: Payments) {
  return {
    ListPayments(request: ListRequest) {
      const page = payments.table.page({
        includeIncomplete: request.include_incomplete,
        offset: count(request.index_offset),
        limit: Math.min(count(request.max_payments) || MAX_PAGE, MAX_PAGE),
        reversed: request.reversed,
        createdFromS: count(request.creation_date_start),
        createdToS: count(request.creation_date_end),
      });
      return {
        payments: page.map(presentPayment),
        first_index_offset: (page[0]?.paymentIndex ?? 0).toString(),
        last_index_offset: (page.at(-1)?.paymentIndex ?? 0).toString(),
        total_num_payments: '0',
      };
    },
  };
}

/** routerrpc.Router's streams: one payment until its outcome. */
export function paymentStreams(payments: Payments) {
  return {
    SendPaymentV2(request: SendRequest, outflow: Outflow) {
      const hash = payments.pay(paymentRequestOf(request));
      return follow(payments, hash, request.no_inflight_updates, outflow);
    },

    TrackPaymentV2(request: TrackRequest, outflow: Outflow) {
      const hash = hashHex(request.payment_hash);
      if (!payments.table.byHash(hash)) {
        throw new Refusal(CODE.notFound, "payment isn't initiated");
      }
      return follow(payments, hash, request.no_inflight_updates, outflow);
    },
  };
}

function follow(payments: Payments, hash: string, isTerse: boolean, outflow: Outflow): () => void {
  let told = '';
  outflow.start(() => {
    const payment = payments.table.byHash(hash) as Payment;
    if (payment.status === told) return { messages: [] };
    told = payment.status;
    const isLast = told === 'succeeded' || told === 'failed';
    return { messages: isTerse && !isLast ? [] : [presentPayment(payment)], isLast };
  });
  return payments.bell.on(hash, outflow.schedule);
}

function paymentRequestOf(request: SendRequest): PaymentRequest {
  if (!request.payment_request) {
    throw new Refusal(CODE.invalidArgument, 'the sandbox pays BOLT 11 requests only');
  }
  return {
    request: request.payment_request,
    amountMsat: amountMsat(request.amt, request.amt_msat),
    feeLimitMsat: feeLimitMsat(request.fee_limit_sat, request.fee_limit_msat),
    timeoutMs: (request.timeout_seconds || DEFAULT_TIMEOUT_S) * 1000,
    isOffAmount: false,
  };
}
