import { z } from 'zod';
import { hex32, msat, slug, timeMs, uuid } from './primitives.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_PERIOD_MS = 366 * DAY_MS;
const MAX_PRICE_MSAT = 1_000_000_000_000n; // 10 BTC

export const planName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be a short lowercase name such as "hour" or "20s"');

/** How access is priced. `time` sells whole periods; `forever` and `free` grants have no end. */
export const plan = z.object({
  name: planName,
  kind: z.enum(['time', 'forever', 'free', 'trial']),
  priceMsat: msat,
  periodMs: z.int().positive().nullable(),
});
export type Plan = z.infer<typeof plan>;

export const newPlan = z
  .strictObject({
    name: planName,
    kind: z.enum(['time', 'forever', 'free']),
    priceMsat: msat.default('0'),
    periodMs: z.int().min(1000).max(MAX_PERIOD_MS).optional(),
  })
  .refine((p) => (p.kind === 'time') === (p.periodMs !== undefined), {
    path: ['periodMs'],
    message: 'belongs to a time plan, and only to one',
  })
  .refine((p) => (p.kind === 'free') === (p.priceMsat === '0'), {
    path: ['priceMsat'],
    message: 'must be 0 for a free plan and more for any other',
  })
  .refine((p) => BigInt(p.priceMsat) <= MAX_PRICE_MSAT, {
    path: ['priceMsat'],
    message: `must be at most ${MAX_PRICE_MSAT} msat`,
  });

export const core = z.object({
  role: z.string(),
  key: hex32,
  length: z.int(),
  byteLength: z.int(),
  lastBlockAtMs: timeMs.nullable(),
});

export const feedKind = z.enum(['hypercore', 'hyperbee', 'hyperdrive']);
export type FeedKind = z.infer<typeof feedKind>;

export const feed = z.object({
  id: uuid,
  kind: feedKind,
  origin: z.enum(['hosted', 'mirrored']),
  /** JSON Schema of one block; blocks are UTF-8 JSON. */
  blockSchema: z.record(z.string(), z.unknown()),
  cores: z.array(core),
});

export const listing = z.object({
  slug,
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  licence: z.string(),
  sourceUrl: z.string().nullable(),
  state: z.enum(['draft', 'live', 'unlisted', 'withdrawn']),
  seller: z.object({ id: uuid, name: z.string() }),
  feed,
  plans: z.array(plan),
  publishedAtMs: timeMs.nullable(),
});
export type Listing = z.infer<typeof listing>;

export const listingPage = z.object({
  listings: z.array(listing),
  nextCursor: z.string().nullable(),
});
export type ListingPage = z.infer<typeof listingPage>;

export const listingQuery = z.object({
  q: z.string().max(200).optional(),
  tag: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
});

/** What a new listing sells: blocks in their order, values by key, or files by path. */
export const newFeed = z.strictObject({ kind: feedKind.default('hypercore') });

export const newListing = z.strictObject({
  slug,
  title: z.string().trim().min(1).max(120),
  description: z.string().max(20_000),
  tags: z
    .array(z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be lowercase letters, digits and dashes'))
    .max(10)
    .default([]),
  licence: z.string().max(200),
  sourceUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional(),
  feed: newFeed.prefault({}),
  blockSchema: z.record(z.string(), z.unknown()),
  plans: z.array(newPlan).min(1).max(12),
});
export type NewListing = z.infer<typeof newListing>;

/** The answer to appended blocks: they are durable in the core from `firstIndex` on. */
export const appended = z.object({
  batchId: z.string(),
  firstIndex: z.int(),
  blocks: z.int(),
  length: z.int(),
});
export type Appended = z.infer<typeof appended>;
