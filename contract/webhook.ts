import { z } from 'zod';
import { EVENT_TYPES, type EventData, type EventType } from '../domain/event.ts';
import { planName } from './plan.ts';
import { hex32, json, msat, slug, timeMs, uuid } from './primitives.ts';

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

const messageReceived = z.object({
  seq: z.string().meta({ description: 'The message’s number at this market.' }),
  listing: slug,
  feedId: uuid,
  buyerKey: hex32,
  name: z.string(),
  body: json,
  sentAtMs: timeMs,
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

const eventData = {
  'order.paid': orderPaid,
  'order.lapsed': orderLapsed,
  'payment.late': paymentLate,
  'grant.issued': grantChanged,
  'grant.extended': grantChanged,
  'grant.expired': grantChanged,
  'grant.revoked': grantChanged,
  'grant.restored': grantChanged,
  'message.received': messageReceived,
  'listing.created': listingChanged,
  'listing.updated': listingChanged,
  'listing.published': listingChanged,
  'listing.unlisted': listingChanged,
  'listing.withdrawn': listingChanged,
  'payout.paid': payoutEnded,
  'payout.failed': payoutEnded,
  'webhook.test': z.object({ webhookId: uuid }),
} satisfies { [T in EventType]: z.ZodType<EventData[T]> } & { 'webhook.test': z.ZodType };

/** `webhook.test` is sent when asked for, whatever an endpoint subscribes to. */
export type WebhookType = keyof typeof eventData;

/** What an endpoint can subscribe to. */
export const eventType = z.enum(EVENT_TYPES);
export const webhookType = z.enum([...EVENT_TYPES, 'webhook.test']);

/** The body of any webhook. */
export type WebhookBody = {
  [T in WebhookType]: { type: T; timestamp: string; data: z.output<(typeof eventData)[T]> };
}[WebhookType];

const timestamp = z.iso.datetime().meta({ description: 'When it happened.' });

/** The body of a webhook, by its type. */
export const webhookBody = Object.fromEntries(
  Object.entries(eventData).map(([type, data]) => [
    type,
    z.object({ type: z.literal(type), timestamp, data }),
  ]),
) as unknown as Record<WebhookType, z.ZodObject>;
