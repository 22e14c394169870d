import {
  type Bolt11Invoice,
  type Result_NoneRetryableSendFailureZ,
  Retry,
  RetryableSendFailure,
  type ThreeTuple_ThirtyTwoBytesRecipientOnionFieldsRouteParametersZ,
  UtilMethods,
} from 'lightningdevkit';
import { bytesOf } from '../bytes.ts';
import type { Payment, PaymentFailure } from '../store/payment-table.ts';
import { parseBolt11 } from './bolt11.ts';
import type { LdkNode } from './node.ts';
import { someU64, unwrap } from './result.ts';

const ATTEMPTS = 10;

type PaymentParts = ThreeTuple_ThirtyTwoBytesRecipientOnionFieldsRouteParametersZ;
type Order = Pick<Payment, 'request' | 'paymentId' | 'amountMsat' | 'feeLimitMsat'>;

/** Sends a payment off, or tells at once why not. Its outcome comes as an event. */
export function send(node: LdkNode, order: Order): PaymentFailure | undefined {
  const { invoice, details } = parseBolt11(order.request);
  const parts = details.amountMsat > 0n ? fixed(invoice) : open(invoice, order.amountMsat);
  const route = parts.get_c();
  route.set_final_value_msat(order.amountMsat);
  route.set_max_total_routing_fee_msat(someU64(order.feeLimitMsat));
  const sent = node.manager.send_payment(
    parts.get_a(),
    parts.get_b(),
    bytesOf(order.paymentId),
    route,
    Retry.constructor_attempts(ATTEMPTS),
  );
  return sent.is_ok() ? undefined : failureOf(sent);
}

function fixed(invoice: Bolt11Invoice): PaymentParts {
  const made = UtilMethods.constructor_payment_parameters_from_invoice(invoice);
  return unwrap('payment_parameters_from_invoice', made);
}

function open(invoice: Bolt11Invoice, amountMsat: bigint): PaymentParts {
  const made = UtilMethods.constructor_payment_parameters_from_variable_amount_invoice(
    invoice,
    amountMsat,
  );
  return unwrap('payment_parameters_from_variable_amount_invoice', made);
}

function failureOf(sent: Result_NoneRetryableSendFailureZ): PaymentFailure {
  const { err } = sent as unknown as { err: RetryableSendFailure };
  if (err === RetryableSendFailure.LDKRetryableSendFailure_PaymentExpired) return 'TIMEOUT';
  if (err === RetryableSendFailure.LDKRetryableSendFailure_RouteNotFound) return 'NO_ROUTE';
  return 'ERROR';
}
