import { z } from 'zod';
import { planName } from './listing.ts';
import { hex32, msat, slug, timeMs, uuid } from './primitives.ts';

export const newOrder = z.strictObject({
  listing: slug,
  plan: planName,
  quantity: z.int().min(1).max(1000).default(1),
  /** The Ed25519 public key that the buyer's swarm connections authenticate with. */
  buyerKey: hex32,
});
export type NewOrder = z.infer<typeof newOrder>;

export const grant = z.object({
  id: uuid,
  listing: slug,
  feedId: uuid,
  buyerKey: hex32,
  state: z.enum(['live', 'expired', 'revoked']),
  startsAtMs: timeMs,
  /** null: access without an end. */
  expiresAtMs: timeMs.nullable(),
});
export type Grant = z.infer<typeof grant>;

export const grantQuery = z.object({ buyerKey: hex32, listing: slug.optional() });

export const grantList = z.object({
  grants: z.array(grant),
  /** The market's clock when it answered: what `expiresAtMs` is judged by. */
  nowMs: timeMs,
});
export type GrantList = z.infer<typeof grantList>;

export const invoice = z.object({
  paymentHash: hex32,
  bolt11: z.string(),
  amountMsat: msat,
  state: z.enum(['open', 'settled', 'cancelled']),
  expiresAtMs: timeMs,
});

export const payment = z.object({
  paymentHash: hex32,
  outcome: z.enum(['settled', 'late_honoured', 'late_refundable', 'underpaid', 'unknown']),
  receivedMsat: msat,
  refundableMsat: msat,
  settledAtMs: timeMs,
});

export const order = z.object({
  id: uuid,
  state: z.enum(['open', 'paid', 'lapsed']),
  listing: slug,
  plan: planName,
  quantity: z.int(),
  buyerKey: hex32,
  priceMsat: msat,
  createdAtMs: timeMs,
  expiresAtMs: timeMs,
  /** null for a free plan: nothing to pay. */
  invoice: invoice.nullable(),
  payment: payment.nullable(),
  grant: grant.nullable(),
  /** The market's clock when it answered. */
  nowMs: timeMs,
});
export type Order = z.infer<typeof order>;
