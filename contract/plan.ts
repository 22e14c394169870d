import { z } from 'zod';
import { isCurrency } from '../domain/currency.ts';
import { msat, timeMs } from './primitives.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_PERIOD_MS = 366 * DAY_MS;
const MAX_PRICE_MSAT = 1_000_000_000_000n; // 10 BTC
const MAX_PRICE_MINOR = 1_000_000_000_000;
const MAX_HISTORY_BLOCKS = 1_000_000_000;
const MAX_CONNECTIONS = 64;

export const planName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be a short lowercase name such as "hour" or "20s"')
  .meta({ example: 'hour' });

export const planKind = z.enum(['time', 'forever', 'free', 'trial']).meta({
  description:
    '`time` sells whole periods; `forever` and `free` have no end; a `trial` is one period, free, once a buyer key.',
});

export const planHistory = z.enum(['all', 'from-purchase', 'last']).meta({
  description:
    'Which of the blocks that are there already it opens: all, none, or the last `historyBlocks`. What is appended later is always open. Other than `all` only of a Hypercore, for the structures need their old blocks.',
});

/** A price in a currency; it becomes msat at the rate of the moment when an order is placed. */
export const price = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters')
    .meta({ description: 'ISO 4217.', example: 'EUR' }),
  amountMinor: z
    .int()
    .min(1)
    .max(MAX_PRICE_MINOR)
    .meta({ description: 'In the currency’s minor unit: cents.', example: 99 }),
});

export const plan = z.object({
  name: planName,
  kind: planKind,
  priceMsat: msat.nullable().meta({
    description:
      'Of one period. For a price in a currency an estimate at the last rate; null when no rate is known.',
  }),
  price: price.nullable().meta({ description: 'null when the price is in msat.' }),
  rateAsOfMs: timeMs.nullable().meta({ description: 'Of when the rate of the estimate is.' }),
  periodMs: z.int().positive().nullable().meta({ description: 'Of a time or trial plan.' }),
  history: planHistory,
  historyBlocks: z.int().positive().nullable().meta({ description: 'Of `last`: how many.' }),
  maxConnections: z.int().positive().nullable().meta({
    description:
      'How many machines each seeder serves with one key at once; null: as many as it allows, which is 64.',
  }),
  tracked: z.boolean().meta({
    description:
      'false of a free plan that nobody has to order: anybody may replicate while it is on sale.',
  }),
});
export type Plan = z.infer<typeof plan>;

export const newPlan = z
  .strictObject({
    name: planName,
    kind: planKind,
    priceMsat: msat.default('0').meta({ description: 'Of one period. This, or `price`.' }),
    price: price.optional(),
    periodMs: z.int().min(1000).max(MAX_PERIOD_MS).optional(),
    history: planHistory.default('all'),
    historyBlocks: z.int().min(1).max(MAX_HISTORY_BLOCKS).optional().meta({
      description: 'Of `last`: how many.',
    }),
    maxConnections: z.int().min(1).max(MAX_CONNECTIONS).optional().meta({
      description:
        'How many machines each seeder serves with one key at once; as many as it allows unless said.',
    }),
    tracked: z.boolean().default(true).meta({
      description:
        'Of a free plan: whether it has to be ordered. Without, anybody may replicate while it is on sale, and nobody knows who.',
    }),
  })
  .refine((p) => isTimed(p.kind) === (p.periodMs !== undefined), {
    path: ['periodMs'],
    message: 'belongs to a time or trial plan, and only to one',
  })
  .refine((p) => isGiven(p.kind) === (p.priceMsat === '0' && !p.price), {
    path: ['priceMsat'],
    message: 'must be 0 for a free or trial plan, and more for any other unless it has a price',
  })
  .refine((p) => p.priceMsat === '0' || !p.price, {
    path: ['price'],
    message: 'is instead of priceMsat',
  })
  .refine((p) => !p.price || isCurrency(p.price.currency), {
    path: ['price', 'currency'],
    message: 'must be a currency in use (ISO 4217)',
  })
  .refine((p) => BigInt(p.priceMsat) <= MAX_PRICE_MSAT, {
    path: ['priceMsat'],
    message: `must be at most ${MAX_PRICE_MSAT} msat`,
  })
  .refine((p) => (p.history === 'last') === (p.historyBlocks !== undefined), {
    path: ['historyBlocks'],
    message: 'belongs to the history `last`, and only to that',
  })
  .refine((p) => p.tracked || p.kind === 'free', {
    path: ['tracked'],
    message: 'can be false for a free plan only',
  })
  .refine((p) => p.tracked || p.history === 'all', {
    path: ['history'],
    message: 'must be `all` where nobody orders: there is no purchase to count from',
  })
  .refine((p) => p.tracked || p.maxConnections === undefined, {
    path: ['maxConnections'],
    message: 'needs orders: a free plan that is not tracked knows no keys',
  });
export type NewPlan = z.infer<typeof newPlan>;

function isTimed(kind: Plan['kind']): boolean {
  return kind === 'time' || kind === 'trial';
}

function isGiven(kind: Plan['kind']): boolean {
  return kind === 'free' || kind === 'trial';
}
