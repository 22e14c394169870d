import type { Listing, PrismaClient } from '../prisma/client/client.ts';

const MAX_NAMES = 1_000;

export type ListingName = Pick<Listing, 'slug' | 'title' | 'state'>;

/** What a seller's listings are called, by title. */
export async function readListingNames(
  prisma: PrismaClient,
  sellerId: string,
): Promise<ListingName[]> {
  return prisma.listing.findMany({
    where: { sellerId },
    select: { slug: true, title: true, state: true },
    orderBy: [{ title: 'asc' }, { id: 'asc' }],
    take: MAX_NAMES,
  });
}
