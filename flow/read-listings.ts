import type { Prisma, PrismaClient } from '../prisma/client/client.ts';

const include = {
  seller: true,
  feed: { include: { cores: true } },
  plans: { where: { retiredAt: null }, orderBy: [{ priceMsat: 'asc' }, { name: 'asc' }] },
} satisfies Prisma.ListingInclude;

export type ListingRow = Prisma.ListingGetPayload<{ include: typeof include }>;

export interface ListingFilter {
  text?: string | undefined;
  tag?: string | undefined;
  limit: number;
  /** The id of the last listing of the page before. */
  after?: string | undefined;
}

/** Live listings, newest first. */
export async function readListings(
  prisma: PrismaClient,
  { text, tag, limit, after }: ListingFilter,
): Promise<{ listings: ListingRow[]; next: string | null }> {
  const contains = text ? { contains: text, mode: 'insensitive' as const } : undefined;
  const rows = await prisma.listing.findMany({
    where: {
      state: 'live',
      ...(after ? { id: { lt: after } } : {}),
      ...(tag ? { tags: { has: tag } } : {}),
      ...(contains
        ? { OR: [{ title: contains }, { description: contains }, { slug: contains }] }
        : {}),
    },
    include,
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const listings = rows.slice(0, limit);
  return { listings, next: rows.length > limit ? (listings.at(-1)?.id ?? null) : null };
}

/** A listing that the public may see: anything but a draft. */
export async function readListing(prisma: PrismaClient, slug: string): Promise<ListingRow | null> {
  return prisma.listing.findFirst({ where: { slug, state: { not: 'draft' } }, include });
}

/** A seller's own listings, drafts too. */
export async function readOwnListings(
  prisma: PrismaClient,
  sellerId: string,
  slug?: string,
): Promise<ListingRow[]> {
  return prisma.listing.findMany({
    where: { sellerId, ...(slug ? { slug } : {}) },
    include,
    orderBy: { id: 'desc' },
  });
}
