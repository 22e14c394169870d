import { z } from 'zod';
import { MAX_EPOCH_MS, MIN_EPOCH_MS, USUAL_EPOCH_MS } from '../domain/epoch.ts';
import { newPlan, plan } from './plan.ts';
import { hex32, line, msat, newSlug, prose, slug, timeMs, uuid } from './primitives.ts';
import { provenance } from './provenance.ts';
import { termsLink, termsText } from './terms.ts';

const MAX_DESCRIPTION = 20_000;
const MAX_PREVIEW_BLOCKS = 100;

const title = line(120).trim().min(1);
const description = prose(MAX_DESCRIPTION).meta({ description: 'Markdown.' });
const licence = line(200).meta({ description: 'Of the data.', example: 'CC-BY-4.0' });
const sourceUrl = z.url({ protocol: /^https?$/ }).max(500);
const blockSchema = z.record(z.string(), z.unknown()).meta({
  description:
    'JSON Schema (draft 2020-12) of one block; it is shown, and never run against blocks.',
});
const tag = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, 'must be lowercase letters, digits and dashes')
  .meta({ example: 'weather' });
const tags = z.array(tag).max(10);
export const settlement = z.enum(['direct', 'held']).meta({
  description:
    '`direct`: a payment is taken when it arrives. `held`: it is held on its way (a hold invoice), taken only once a seeder lets the buyer in, and given back otherwise.',
});
const plans = z.array(newPlan).min(1).max(12);

const preview = z.strictObject({
  from: z.enum(['first', 'last']).default('last'),
  blocks: z.int().min(0).max(MAX_PREVIEW_BLOCKS).default(0).meta({
    description: 'How many blocks anybody may see without paying.',
  }),
});

export const core = z.object({
  role: z.string(),
  key: hex32,
  length: z.int(),
  byteLength: z.int(),
  lastBlockAtMs: timeMs.nullable(),
});

export const feedKind = z.enum(['hypercore', 'hyperbee', 'hyperdrive', 'autobase']);
export type FeedKind = z.infer<typeof feedKind>;

export const feedMode = z.enum(['open', 'sealed', 'unique']).meta({
  description:
    '`open`: seeders serve buyers only, and what a buyer passes on can be read. `sealed`: each block is encrypted as well, and a buyer is given the keys of the time that was paid for: buyers may pass blocks on to each other, and whoever’s access has ended reads nothing newer. `unique`: every buyer replicates the feed under a key of his own, so that a copy that turns up elsewhere says whose it was.',
});
export type FeedMode = z.infer<typeof feedMode>;

export const feed = z.object({
  id: uuid,
  kind: feedKind,
  origin: z.enum(['hosted', 'mirrored']),
  mode: feedMode,
  epochMs: z.int().nullable().meta({
    description: 'Of a sealed feed: how long one key is in use.',
  }),
  copySigner: hex32.nullable().meta({
    description:
      'Of a unique feed: the Ed25519 key that signs the copies. With it, the core’s key and his own, a buyer computes the key of his copy.',
  }),
  /** JSON Schema of one block; blocks are UTF-8 JSON. */
  blockSchema: z.record(z.string(), z.unknown()),
  cores: z.array(core),
});

export const activity = z.object({
  blocksLastDay: z.int().meta({
    description:
      'What came to all cores of the feed in the last 24 hours, counted from the full hour. A mirrored feed grows when the copy does.',
  }),
  bytesLastDay: z.int(),
  peers: z.int().meta({ description: 'Buyers that replicate the feed from this market now.' }),
});

export const listingState = z.enum(['draft', 'live', 'unlisted', 'withdrawn']).meta({
  description:
    'A draft is seen by its seller only; `unlisted` can be bought by whoever knows it; `withdrawn` is final. Access that was bought goes on in any of them.',
});

export const listing = z.object({
  slug,
  title: z.string(),
  description: z
    .string()
    .meta({ description: 'Markdown, as the seller wrote it: not to be trusted.' }),
  tags: z.array(z.string()),
  licence: z.string(),
  terms: termsLink.nullable().meta({
    description: 'The terms of use in force, which orders have to accept by their hash.',
  }),
  sourceUrl: z.string().nullable(),
  state: listingState,
  version: z.int().meta({ description: 'Counts changes: the ETag of the seller’s view.' }),
  seller: z.object({ id: uuid, name: z.string() }),
  feed,
  activity,
  preview: z.object({ from: z.enum(['first', 'last']), blocks: z.int() }),
  settlement,
  provenance: provenance.nullable().meta({ description: 'null until the feed has its cores.' }),
  plans: z.array(plan).meta({ description: 'In the seller’s order.' }),
  publishedAtMs: timeMs.nullable(),
});
export type Listing = z.infer<typeof listing>;

const cursor = z.string().max(500);
const limit = z.coerce.number().int().min(1).max(100).default(20);
const nextCursor = z.string().nullable().meta({ description: 'null on the last page.' });

export const listingSort = z.enum(['relevance', 'newest', 'price', 'fresh', 'popular']);
export type ListingSort = z.infer<typeof listingSort>;

export const listingQuery = z.object({
  q: line(200).optional().meta({
    description: 'Words, "phrases", -exclusions; the last word may be unfinished.',
  }),
  tag: z
    .union([tag, tags])
    .optional()
    .meta({ description: 'Listings with this tag; several times: with all of them.' }),
  kind: feedKind.optional(),
  maxPriceMsat: msat
    .optional()
    .meta({ description: 'Listings with a plan, other than a trial, that costs no more.' }),
  updatedWithinMs: z.coerce
    .number()
    .int()
    .min(1000)
    .max(10 * 366 * 24 * 60 * 60 * 1000)
    .optional()
    .meta({ description: 'Listings whose last block is no older.' }),
  sort: listingSort.optional().meta({
    description:
      '`relevance` with `q`, `newest` without, unless said. `popular`: live grants and orders paid in 30 days.',
  }),
  limit,
  cursor: cursor.optional(),
});

export const listingPage = z.object({
  listings: z.array(listing),
  nextCursor,
  tags: z
    .array(z.object({ tag: z.string(), count: z.int() }))
    .nullable()
    .meta({ description: 'The commonest tags of all that was found; null but on the first page.' }),
});
export type ListingPage = z.infer<typeof listingPage>;

export const ownListingQuery = z.object({
  state: listingState.optional(),
  tag: tag.optional(),
  limit,
  cursor: cursor.optional(),
});

export const ownListingPage = z.object({ listings: z.array(listing), nextCursor });

const coreRole = z.enum(['data', 'files', 'blobs']);
const ROLES_OF: Record<FeedKind, string> = {
  hypercore: 'data',
  hyperbee: 'data',
  hyperdrive: 'blobs,files',
  autobase: 'data',
};

/** What a new listing sells: blocks in their order, values by key, files by path, or what several machines write. */
export const newFeed = z
  .strictObject({
    kind: feedKind.default('hypercore'),
    origin: z.enum(['hosted', 'mirrored']).default('hosted').meta({
      description:
        '`hosted`: you append over this API. `mirrored`: you append on a machine of your own, and the market copies it from there.',
    }),
    mode: feedMode.default('open').meta({ description: 'It cannot be changed later.' }),
    epochMs: z
      .int()
      .min(MIN_EPOCH_MS)
      .max(MAX_EPOCH_MS)
      .optional()
      .meta({
        description: `Of a sealed feed: how long one key is in use, which is how long somebody whose access was ended may read on at most; ${USUAL_EPOCH_MS} unless said.`,
      }),
    cores: z
      .array(z.strictObject({ role: coreRole, key: hex32 }))
      .max(2)
      .optional()
      .meta({
        description:
          'Mirrored: one of role `data`; of a Hyperdrive one `files` and one `blobs`. Of an Autobase its bootstrap, as `data`: the market finds the others.',
      }),
    peerKey: hex32.optional().meta({
      description: 'Mirrored: the Noise public key that your machine’s swarm connections use.',
    }),
  })
  .refine(({ kind, origin }) => kind !== 'autobase' || origin === 'mirrored', {
    path: ['origin'],
    message: 'must be mirrored: an Autobase is written on machines of yours',
  })
  .refine((feed) => (feed.origin === 'mirrored') === (feed.peerKey !== undefined), {
    path: ['peerKey'],
    message: 'belongs to a mirrored feed, and only to one',
  })
  .refine(
    (feed) => rolesOf(feed.cores) === (feed.origin === 'mirrored' ? ROLES_OF[feed.kind] : null),
    {
      path: ['cores'],
      message: 'must be the cores of a mirrored feed of this kind, and only of one',
    },
  )
  .refine(({ mode, epochMs }) => mode === 'sealed' || epochMs === undefined, {
    path: ['epochMs'],
    message: 'belongs to a sealed feed',
  })
  .refine(({ mode, kind }) => mode !== 'sealed' || kind !== 'autobase', {
    path: ['mode'],
    message: 'must be `open`: an Autobase cannot be sealed',
  })
  .refine(({ mode, kind }) => mode !== 'unique' || kind === 'hypercore' || kind === 'hyperbee', {
    path: ['mode'],
    message:
      'can be `unique` for a Hypercore or a Hyperbee alone: the cores of others name each other',
  })
  .refine(({ cores = [] }) => new Set(cores.map(({ key }) => key)).size === cores.length, {
    path: ['cores'],
    message: 'must be different cores',
  });

function rolesOf(cores: { role: string }[] | undefined): string | null {
  return (
    cores
      ?.map(({ role }) => role)
      .sort()
      .join() ?? null
  );
}

export const newListing = z.strictObject({
  slug: newSlug,
  title,
  description,
  tags: tags.default([]),
  licence,
  terms: termsText.optional(),
  sourceUrl: sourceUrl.optional(),
  feed: newFeed.prefault({}),
  preview: preview.prefault({}),
  settlement: settlement.default('direct'),
  blockSchema,
  plans,
});
export type NewListing = z.input<typeof newListing>;

/** JSON merge semantics (RFC 7396): what is left out stays, null takes away. Schema and plans are replaced whole. */
export const listingChange = z.strictObject({
  title: title.optional(),
  description: description.optional(),
  tags: tags.optional(),
  licence: licence.optional(),
  terms: termsText.nullable().optional(),
  sourceUrl: sourceUrl.nullable().optional(),
  preview: z
    .strictObject({
      from: z.enum(['first', 'last']).optional(),
      blocks: z.int().min(0).max(MAX_PREVIEW_BLOCKS).optional(),
    })
    .optional(),
  settlement: settlement.optional().meta({
    description: 'Of orders from now on; those that are open stay as they were placed.',
  }),
  blockSchema: blockSchema.optional(),
  plans: plans.optional().meta({
    description:
      'All plans, in order. One that is as before stays; one that is changed or left out is not sold any more.',
  }),
});
export type ListingChange = z.infer<typeof listingChange>;
