import {
  type Event,
  Event_ChannelClosed,
  Event_FundingGenerationReady,
  Event_PaymentClaimable,
  Event_PaymentClaimed,
  Event_PaymentFailed,
  Event_PaymentSent,
  Event_PendingHTLCsForwardable,
  Option_PaymentFailureReasonZ_Some,
  PaymentFailureReason,
} from 'lightningdevkit';
import { hexOf } from '../bytes.ts';
import type { PaymentFailure } from '../store/payment-table.ts';
import { bytes32Of, u32Of, u64Of } from './result.ts';

export interface Claimable {
  type: 'claimable';
  hash: string;
  amountMsat: bigint;
  deadlineHeight: number;
  channelId: string;
}

/** What a node's LDK reports, in our words. */
export type NodeEvent =
  | Claimable
  | { type: 'claimed'; hash: string; amountMsat: bigint }
  | { type: 'sent'; paymentId: string; preimage: string; feeMsat: bigint }
  | { type: 'failed'; paymentId: string; failure: PaymentFailure }
  | { type: 'closed'; channelId: string; reason: string }
  | { type: 'forwards' }
  | { type: 'fund'; event: Event_FundingGenerationReady };

/** Our event for LDK's, or nothing when it concerns nobody here. */
export function translate(event: Event): NodeEvent | undefined {
  if (event instanceof Event_PendingHTLCsForwardable) return { type: 'forwards' };
  if (event instanceof Event_FundingGenerationReady) return { type: 'fund', event };
  if (event instanceof Event_PaymentClaimable) return claimable(event);
  if (event instanceof Event_PaymentClaimed) {
    return { type: 'claimed', hash: hexOf(event.payment_hash), amountMsat: event.amount_msat };
  }
  if (event instanceof Event_PaymentSent) return sent(event);
  if (event instanceof Event_PaymentFailed) {
    return { type: 'failed', paymentId: hexOf(event.payment_id), failure: failureOf(event) };
  }
  if (event instanceof Event_ChannelClosed) {
    const reason = event.reason.constructor.name.replace('ClosureReason_', '');
    return { type: 'closed', channelId: hexOf(event.channel_id.get_a()), reason };
  }
  return undefined;
}

function claimable(event: Event_PaymentClaimable): Claimable {
  return {
    type: 'claimable',
    hash: hexOf(event.payment_hash),
    amountMsat: event.amount_msat,
    deadlineHeight: u32Of(event.claim_deadline) ?? 0,
    channelId: hexOf(event.via_channel_id.get_a()),
  };
}

function sent(event: Event_PaymentSent): NodeEvent {
  const paymentId = bytes32Of(event.payment_id);
  return {
    type: 'sent',
    paymentId: paymentId ? hexOf(paymentId) : '',
    preimage: hexOf(event.payment_preimage),
    feeMsat: u64Of(event.fee_paid_msat) ?? 0n,
  };
}

function failureOf(event: Event_PaymentFailed): PaymentFailure {
  if (!(event.reason instanceof Option_PaymentFailureReasonZ_Some)) return 'ERROR';
  switch (event.reason.some) {
    case PaymentFailureReason.LDKPaymentFailureReason_RecipientRejected:
      return 'INCORRECT_PAYMENT_DETAILS';
    case PaymentFailureReason.LDKPaymentFailureReason_RouteNotFound:
    case PaymentFailureReason.LDKPaymentFailureReason_RetriesExhausted:
      return 'NO_ROUTE';
    case PaymentFailureReason.LDKPaymentFailureReason_PaymentExpired:
      return 'TIMEOUT';
    case PaymentFailureReason.LDKPaymentFailureReason_UserAbandoned:
      return 'CANCELED';
    default:
      return 'ERROR';
  }
}
