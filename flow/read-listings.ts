import type { ListingState } from '../domain/listing.ts';
import type { Prisma, PrismaClient } from '../prisma/client/client.ts';
import { type EstimatedPlan, estimatePlans } from './estimate-plans.ts';
import { type Activity, addActivity } from './read-activity.ts';

const include = {
  seller: true,
  // The core that a feed is found by comes first: `files` of a Hyperdrive, ahead of `blobs`.
  feed: { include: { cores: { orderBy: { role: 'desc' } } }, omit: { preview: true } },
  plans: { where: { retiredAt: null }, orderBy: [{ position: 'asc' }, { name: 'asc' }] },
} satisfies Prisma.ListingInclude;

export type ListingRow = Prisma.ListingGetPayload<{ include: typeof include }> & {
  plans: EstimatedPlan[];
  activity: Activity;
};

/** A listing that the public may see: one that is or was on sale. */
export async function readListing(prisma: PrismaClient, slug: string): Promise<ListingRow | null> {
  return first(prisma, { slug, state: { not: 'draft' }, publishedAt: { not: null } });
}

/** The same, by the feed that it sells. */
export async function readListingOfFeed(
  prisma: PrismaClient,
  feedId: string,
): Promise<ListingRow | null> {
  const feed = { id: feedId };
  return first(prisma, { feed, state: { not: 'draft' }, publishedAt: { not: null } });
}

/** The same, by one of the feed's cores. */
export async function readListingOfCore(
  prisma: PrismaClient,
  key: Uint8Array<ArrayBuffer>,
): Promise<ListingRow | null> {
  const feed = { cores: { some: { key } } };
  return first(prisma, { feed, state: { not: 'draft' }, publishedAt: { not: null } });
}

/** A listing of one's own, in whatever state. */
export async function readOwnListing(
  prisma: PrismaClient,
  sellerId: string,
  slug: string,
): Promise<ListingRow | null> {
  return first(prisma, { slug, sellerId });
}

/** Listings by their ids, in that order. */
export async function readListingsById(
  prisma: PrismaClient,
  ids: readonly string[],
): Promise<ListingRow[]> {
  const rows = await prisma.listing.findMany({ where: { id: { in: [...ids] } }, include });
  const byId = new Map((await complete(prisma, rows)).map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

export interface OwnListingFilter {
  state?: ListingState | undefined;
  tag?: string | undefined;
  limit: number;
  /** The id of the last listing of the page before. */
  after?: string | undefined;
}

/** A seller's own listings, newest first. */
export async function readOwnListings(
  prisma: PrismaClient,
  sellerId: string,
  { state, tag, limit, after }: OwnListingFilter,
): Promise<{ listings: ListingRow[]; next: string | null }> {
  const rows = await prisma.listing.findMany({
    where: {
      sellerId,
      ...(state && { state }),
      ...(tag && { tags: { has: tag } }),
      ...(after && { id: { lt: after } }),
    },
    include,
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const listings = await complete(prisma, rows.slice(0, limit));
  return { listings, next: rows.length > limit ? (listings.at(-1)?.id ?? null) : null };
}

async function first(
  prisma: PrismaClient,
  where: Prisma.ListingWhereInput,
): Promise<ListingRow | null> {
  const row = await prisma.listing.findFirst({ where, include });
  const [listing] = await complete(prisma, row ? [row] : []);
  return listing ?? null;
}

/** Adds what no row of theirs says: a query each for all listings of a page. */
async function complete(
  prisma: PrismaClient,
  rows: readonly Prisma.ListingGetPayload<{ include: typeof include }>[],
): Promise<ListingRow[]> {
  return addActivity(prisma, await estimatePlans(prisma, rows));
}
