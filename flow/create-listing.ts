import type { Idempotency } from '../domain/idempotency.ts';
import type { PlanTerms } from '../domain/plan-list.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Prisma } from '../prisma/client/client.ts';
import { faultOfBlockSchema } from '../protocol/block-schema.ts';
import { announceListing } from './announce-listing.ts';
import { type FeedDraft, faultOfFeed, feedColumns } from './claim-cores.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';
import { keepSeeds, newRoot } from './feed-seeds.ts';
import { type Once, once } from './idempotent.ts';
import { keepTerms } from './keep-terms.ts';
import { faultOfPlans, writePlans } from './write-plans.ts';

// Withdrawn ones aside: all others are searched and seeded.
const MAX_LISTINGS = 1_000;

type Deps = Pick<FlowDeps, 'prisma' | 'keys'>;

export interface ListingDraft {
  slug: string;
  title: string;
  description: string;
  tags: string[];
  licence: string;
  /** The text of the terms of use; null: there are none beyond the licence. */
  terms: string | null;
  sourceUrl: string | null;
  previewFrom: 'first' | 'last';
  previewBlocks: number;
  /** Whether payments are held until the grant is live at a seeder. */
  holdsPayments: boolean;
  feed: FeedDraft;
  blockSchema: Prisma.InputJsonObject;
  plans: PlanTerms[];
}

/** Writes a listing with its feed, as a draft. The seeder gives a hosted feed its cores. */
export async function createListing(
  { prisma, keys }: Deps,
  sellerId: string,
  draft: ListingDraft,
  idempotency: Idempotency | null,
): Promise<Once | Refusal> {
  return prisma.$transaction((tx) =>
    once(tx, idempotency, () => create(tx, { keys }, sellerId, draft)),
  );
}

async function create(
  tx: Tx,
  keys: Pick<Deps, 'keys'>,
  sellerId: string,
  draft: ListingDraft,
): Promise<{ id: string } | Refusal> {
  const { blockSchema, feed, plans, terms, ...about } = draft;
  const fault = faultOfBlockSchema(blockSchema);
  if (fault) return refuse('block-schema-invalid', `The block schema cannot be used: ${fault}.`);
  const unsellable = await faultOfPlans(tx, plans, feed.kind);
  if (unsellable) return unsellable;
  const taken = await faultOfFeed(tx, feed);
  if (taken) return taken;
  const full = await faultOfNumber(tx, sellerId);
  if (full) return full;
  const { licence } = draft;
  const termsHash = terms === null ? null : await keepTerms(tx, sellerId, { text: terms, licence });
  const [listing] = await tx.listing.createManyAndReturn({
    data: { ...about, sellerId, termsHash },
    skipDuplicates: true,
  });
  if (!listing) return refuse('slug-taken', `There is a listing "${draft.slug}" already.`);
  await writePlans(tx, listing.id, plans, await nowMs(tx));
  const data = { listingId: listing.id, blockSchema, ...feedColumns(feed) };
  const { id } = await tx.feed.create({ data });
  if (feed.mode === 'sealed' && feed.origin === 'hosted')
    await keepSeeds(tx, keys, id, [newRoot(id)]);
  await announceListing(tx, 'listing.created', listing);
  return listing;
}

// Locked by seller: of many drafts that are written at once none goes uncounted.
async function faultOfNumber(tx: Tx, sellerId: string): Promise<Refusal | null> {
  const name = `listings:${sellerId}`;
  await tx.$queryRaw`SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))) AS locked`;
  const count = await tx.listing.count({ where: { sellerId, state: { not: 'withdrawn' } } });
  if (count < MAX_LISTINGS) return null;
  return refuse('too-many-listings', `You have ${count} listings: withdraw one first.`);
}
