import { z } from 'zod';
import { grant, lockedRate, orderState, payment, reach } from './order.ts';
import { planName } from './plan.ts';
import { hex32, MAX_TIME_MS, msat, slug, timeMs, uuid } from './primitives.ts';

const limit = z.coerce.number().int().min(1).max(100).default(20);
const cursor = z.string().max(200).optional();
const nextCursor = z.string().nullable().meta({ description: 'null on the last page.' });
const queryTimeMs = z.coerce.number().int().min(0).max(MAX_TIME_MS);
const nowMs = timeMs.meta({ description: 'The market’s clock when it answered.' });

export const saleQuery = z.object({
  listing: slug.optional(),
  plan: planName.optional(),
  state: orderState.optional(),
  buyerKey: hex32.optional(),
  fromMs: queryTimeMs.optional().meta({ description: 'Placed then or later.' }),
  toMs: queryTimeMs.optional().meta({ description: 'Placed before.' }),
  limit,
  cursor,
});

/** An order as its seller sees it. */
export const sale = z.object({
  id: uuid,
  state: orderState,
  listing: slug,
  plan: planName,
  quantity: z.int(),
  buyerKey: hex32,
  priceMsat: msat,
  rate: lockedRate.nullable().meta({ description: 'null for a price in msat.' }),
  termsHash: hex32.nullable().meta({ description: 'The terms of use that the buyer accepted.' }),
  creditedMsat: msat.meta({ description: 'What came in for it, with the market’s commission.' }),
  refundableMsat: msat.meta({
    description: 'What is owed back to the buyer and not yet paid out.',
  }),
  payments: z.array(payment).meta({ description: 'All that came in for it, oldest first.' }),
  createdAtMs: timeMs,
  expiresAtMs: timeMs,
  paidAtMs: timeMs.nullable(),
});
export type Sale = z.infer<typeof sale>;

export const salePage = z.object({ orders: z.array(sale), nextCursor });

export const saleDetail = sale.extend({
  grant: grant.nullable(),
  commissionMsat: msat.meta({ description: 'What of it is the market’s, by the ledger.' }),
  netMsat: msat.meta({ description: 'What of it is yours, by the ledger.' }),
});
export type SaleDetail = z.infer<typeof saleDetail>;

export const givenGrantQuery = z.object({
  listing: slug.optional(),
  state: z.enum(['live', 'expired', 'revoked']).optional(),
  limit,
  cursor,
});

/** A grant as the seller of its feed sees it. */
export const givenGrant = grant.extend({
  leftMs: z
    .int()
    .nullable()
    .meta({ description: 'Of its time; null when it has no end, and 0 when it is over.' }),
  createdAtMs: timeMs,
});
export type GivenGrant = z.infer<typeof givenGrant>;

export const givenGrantPage = z.object({ grants: z.array(givenGrant), nextCursor, nowMs });

export const grantLogRow = z.object({
  change: z.enum(['issued', 'extended', 'expired', 'revoked', 'restored']),
  startsAtMs: timeMs,
  expiresAtMs: timeMs.nullable(),
  ...reach,
  paymentHash: hex32.nullable(),
  reason: z.string().nullable(),
  atMs: timeMs,
});

export const givenGrantDetail = givenGrant.extend({
  log: z.array(grantLogRow).meta({ description: 'The newest 100 changes, newest first.' }),
});

export const buyerQuery = z.object({ limit, cursor });

export const buyer = z.object({
  buyerKey: hex32,
  grant: givenGrant,
  orders: z.int().meta({ description: 'Paid with this key.' }),
  creditedMsat: msat.meta({ description: 'What came in for them.' }),
  firstPaidAtMs: timeMs.nullable(),
  lastPaidAtMs: timeMs.nullable(),
});
export type Buyer = z.infer<typeof buyer>;

export const buyerPage = z.object({ buyers: z.array(buyer), nextCursor, nowMs });

const reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}]*$/u, 'must be one line without control characters')
  .meta({ description: 'Kept in the grant’s log, and told to webhooks.' });

const MAX_GIVEN_MS = 10 * 366 * 24 * 60 * 60 * 1000;

export const reasoned = z.strictObject({ reason });

export const extension = z.strictObject({
  durationMs: z.int().min(1_000).max(MAX_GIVEN_MS),
  reason,
});
