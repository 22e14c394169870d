import { z } from 'zod';
import { settlement } from './listing.ts';
import { planName } from './plan.ts';
import { hex32, msat, slug, timeMs, uuid } from './primitives.ts';

export const newOrder = z.strictObject({
  listing: slug,
  plan: planName,
  quantity: z.int().min(1).max(1000).default(1).meta({ description: 'How many periods.' }),
  buyerKey: hex32.optional().meta({
    description:
      'The Ed25519 public key that the buyer’s swarm connections authenticate with. Without one the answer has a claim code.',
  }),
  acceptTerms: hex32.optional().meta({
    description: 'The hash of the terms of use in force, when the listing has some.',
  }),
  work: z.string().max(64).optional().meta({
    description:
      'Of a trial: a nonce for which SHA-256 over `dazaar/trial-work/1`, feed id, buyer key and the nonce, joined by line feeds, begins with `trialWorkBits` zero bits (see `/v1/market`).',
    example: '2f1a9',
  }),
});
export type NewOrder = z.infer<typeof newOrder>;

export const grantState = z.enum(['live', 'expired', 'revoked']);

/** What of a feed a grant opens. */
export const reach = {
  fromBlock: z.int().nonnegative().meta({
    description: 'The first block that it opens; blocks before it are not served.',
  }),
  maxConnections: z.int().positive().nullable().meta({
    description:
      'How many machines a seeder serves with the key at once; null: as many as it allows.',
  }),
};

export const grant = z.object({
  id: uuid,
  listing: slug,
  feedId: uuid,
  buyerKey: hex32,
  state: grantState,
  startsAtMs: timeMs,
  expiresAtMs: timeMs.nullable().meta({ description: 'null: access without an end.' }),
  ...reach,
});
export type Grant = z.infer<typeof grant>;

const nowMs = timeMs.meta({ description: 'The market’s clock when it answered.' });

export const grantQuery = z.object({ listing: slug.optional() });

export const grantList = z.object({ grants: z.array(grant), nowMs });
export type GrantList = z.infer<typeof grantList>;

export const invoice = z.object({
  paymentHash: hex32,
  bolt11: z.string(),
  amountMsat: msat,
  settlement,
  state: z.enum(['open', 'held', 'settled', 'cancelled']).meta({
    description:
      '`held`: the payment of a hold invoice has arrived, and is taken once the access is there; else it goes back.',
  }),
  expiresAtMs: timeMs,
});

export const payment = z.object({
  paymentHash: hex32,
  outcome: z.enum(['settled', 'late_honoured', 'late_refundable', 'underpaid', 'unknown']).meta({
    description: 'What it bought; late is what came after the order had lapsed or was paid.',
  }),
  receivedMsat: msat,
  refundableMsat: msat.meta({ description: 'What of it was not owed.' }),
  settledAtMs: timeMs,
});

/** What a price in a currency was locked at. */
export const lockedRate = z.object({
  currency: z.string().meta({ description: 'ISO 4217.', example: 'EUR' }),
  priceMinor: z.string().meta({ description: 'In the currency’s minor unit: cents.' }),
  msatPerUnit: z.string().meta({ description: 'A decimal with nine digits after the point.' }),
  source: z.string(),
  asOfMs: timeMs,
});

export const orderState = z.enum(['open', 'paid', 'lapsed']);

export const order = z.object({
  id: uuid.meta({
    description: 'Whoever knows it may read the order: hand it to nobody who should not.',
  }),
  state: orderState,
  lapseReason: z.enum(['unpaid', 'undelivered']).nullable().meta({
    description:
      'Why it lapsed: nobody paid in time, or a held payment was given back as no seeder let the buyer in. null when it has not.',
  }),
  listing: slug,
  plan: planName,
  quantity: z.int(),
  buyerKey: hex32,
  priceMsat: msat,
  rate: lockedRate.nullable().meta({ description: 'null for a price in msat.' }),
  termsHash: hex32.nullable().meta({ description: 'The terms of use that the buyer accepted.' }),
  createdAtMs: timeMs,
  expiresAtMs: timeMs,
  invoice: invoice.nullable().meta({ description: 'null when there is nothing to pay.' }),
  payments: z.array(payment).meta({ description: 'All that came in for it, oldest first.' }),
  refundableMsat: msat.meta({
    description: 'What is owed back to the buyer and not yet paid out.',
  }),
  grant: grant.nullable(),
  nowMs,
});
export type Order = z.infer<typeof order>;

export const placedOrder = order.extend({
  claimCode: z.string().nullable().meta({
    description:
      'Of an order without a buyer key: shown here only, and to whoever repeats the request with its Idempotency-Key. It holds the access that is bought until it is redeemed at `/v1/claims`.',
    example: '7H4M-9Q0C-TXPK-2V8E-JN5W-R3ZD-6BYA-S1FG',
  }),
});
export type PlacedOrder = z.infer<typeof placedOrder>;
