import { z } from 'zod';
import { feedKind, feedMode, newFeed } from './listing.ts';
import { lightningNetwork } from './market.ts';
import { planHistory, planName } from './plan.ts';
import { hex32, line, newSlug, slug, uuid } from './primitives.ts';

/** How many seeders and nodes a card may have its readers call. */
const MAX_PLACES = 256;

// Commands are made of these words, which buyers copy into a shell.
const origin = z
  .url({ protocol: /^https?$/ })
  .regex(/^[\w:/.[\]-]+$/, 'must be an address of http or https, without a query');

/** How a Dazaar card says what access costs. */
export const cardPayment = z.object({
  method: z.string().meta({ description: '`lightning`, or `free`.' }),
  currency: z.string().meta({
    description: '`LightningSats`, `free`, or a currency (ISO 4217) that is paid over Lightning.',
  }),
  amount: z.string().meta({ description: 'A decimal.', example: '10' }),
  unit: z.enum(['seconds', 'minutes', 'hours', 'days', 'forever']),
  interval: z.number().meta({ description: 'How many units `amount` buys.' }),
  minSeconds: z.number().meta({ description: 'The least that can be bought.' }),
});

const extension = z.object({
  version: z.literal(2),
  market: origin.meta({ description: 'The market’s origin.' }),
  listing: origin.refine((url) => slug.safeParse(url.split('/').at(-1)).success, {
    error: 'must end in the name of a listing',
  }),
  feedId: uuid,
  kind: feedKind,
  mode: feedMode,
  epochMs: z.int().nullable(),
  copySigner: hex32.nullable(),
  cores: z.array(z.object({ role: z.string(), key: hex32 })),
  tags: z.array(z.string()),
  licence: z.string(),
  terms: z.object({ hash: hex32, url: z.url(), text: z.string() }).nullable(),
  sourceUrl: z.string().nullable(),
  preview: z.object({ from: z.enum(['first', 'last']), blocks: z.int() }),
  blockSchema: z.record(z.string(), z.unknown()),
  network: lightningNetwork.optional().meta({
    description: 'The Lightning network that it is paid on; cards of older markets do not say.',
  }),
  plans: z.array(planName).meta({ description: 'Their names, in the order of `payment`.' }),
  includes: z
    .array(
      z.object({
        history: planHistory,
        historyBlocks: z.int().nullable(),
        maxConnections: z.int().nullable(),
        tracked: z.boolean(),
      }),
    )
    .meta({ description: 'What each plan opens, in the order of `payment`.' }),
  seeders: z
    .array(hex32)
    .max(MAX_PLACES)
    .meta({ description: 'Noise keys of the seeding nodes that are up.' }),
  bootstrap: z
    .array(z.object({ host: z.string(), port: z.int() }))
    .max(MAX_PLACES)
    .meta({ description: 'How the DHT is entered that they are on; empty for the public one.' }),
  marketKey: hex32.meta({ description: 'The Ed25519 key that signs.' }),
  signature: z
    .string()
    .regex(/^[0-9a-f]{128}$/)
    .meta({
      description:
        'Over `dazaar/card/2`, a line feed and the canonical JSON (RFC 8785) of the card without this member.',
    }),
});

/** The JSON that tells the world what is sold, field for field as in Dazaar, with what is new under `dazaar`. */
export const card = z.object({
  id: hex32.meta({ description: 'The key of the feed’s first core.' }),
  name: z.string(),
  description: z.string(),
  provider: z.string(),
  homepage: z.string(),
  contact: z.string(),
  payment: z.array(cardPayment),
  dazaar: extension,
});

const text = z.union([z.string().max(100), z.number()]).optional();

const foreignPayment = z.looseObject({
  method: text,
  currency: text,
  amount: text,
  unit: text,
  interval: text,
  minSeconds: text,
});
export type ForeignCardPayment = z.infer<typeof foreignPayment>;

/** A card of this market, of another one, or of Dazaar 1. */
export const foreignCard = z.looseObject({
  name: z.string().max(1_000).optional(),
  description: z.string().max(100_000).optional(),
  payment: z.union([foreignPayment, z.array(foreignPayment).max(100)]).nullish(),
  dazaar: z
    .looseObject({
      plans: z.array(z.string()).max(100).optional(),
      includes: z.array(z.looseObject({})).max(100).optional(),
    })
    .optional(),
});
export type ForeignCard = z.infer<typeof foreignCard>;

export const cardImport = z.strictObject({
  card: foreignCard,
  slug: newSlug.optional().meta({ description: 'Made of the card’s name unless said.' }),
  licence: line(200).optional().meta({ description: 'Needed when the card has none.' }),
  feed: newFeed.optional().meta({ description: 'A hosted feed of the card’s kind unless said.' }),
});
export type CardImport = z.infer<typeof cardImport>;
