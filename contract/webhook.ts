import { z } from 'zod';
import type { EventData, EventType } from '../domain/event.ts';
import { planName } from './listing.ts';
import { hex32, msat, slug, timeMs, uuid } from './primitives.ts';

const orderData = z.object({
  orderId: uuid,
  listing: slug,
  plan: planName,
  quantity: z.int(),
  buyerKey: hex32,
  priceMsat: msat,
});

const orderPaid = orderData.extend({ paidAtMs: timeMs });
const orderLapsed = orderData.extend({ lapsedAtMs: timeMs });

const paymentLate = z.object({
  orderId: uuid,
  listing: slug,
  paymentHash: hex32,
  outcome: z.enum(['late_honoured', 'late_refundable', 'underpaid', 'overpaid']),
  receivedMsat: msat,
  refundableMsat: msat.meta({ description: 'What is owed back to the payer.' }),
  settledAtMs: timeMs,
});

const grantChanged = z.object({
  grantId: uuid,
  listing: slug,
  feedId: uuid,
  buyerKey: hex32,
  startsAtMs: timeMs,
  expiresAtMs: timeMs.nullable().meta({ description: 'null: access without an end.' }),
  reason: z.string().nullable().meta({ description: 'The reason that was given, if any.' }),
});

const listingChanged = z.object({
  listingId: uuid,
  listing: slug,
  title: z.string(),
  state: z.enum(['draft', 'live', 'unlisted', 'withdrawn']),
  version: z.int(),
});

const payoutEnded = z.object({
  payoutId: uuid,
  kind: z.enum(['withdrawal', 'refund']),
  orderId: uuid.nullable().meta({ description: 'The order that is refunded.' }),
  paymentHash: hex32,
  amountMsat: msat,
  feeMsat: msat.nullable().meta({ description: 'null when it failed.' }),
  failure: z.string().nullable(),
  endedAtMs: timeMs,
});

/** What the body of each type of webhook carries as `data`. */
export const eventData = {
  'order.paid': orderPaid,
  'order.lapsed': orderLapsed,
  'payment.late': paymentLate,
  'grant.issued': grantChanged,
  'grant.extended': grantChanged,
  'grant.expired': grantChanged,
  'grant.revoked': grantChanged,
  'grant.restored': grantChanged,
  'listing.created': listingChanged,
  'listing.updated': listingChanged,
  'listing.published': listingChanged,
  'listing.unlisted': listingChanged,
  'listing.withdrawn': listingChanged,
  'payout.paid': payoutEnded,
  'payout.failed': payoutEnded,
} satisfies { [T in EventType]: z.ZodType<EventData[T]> };
