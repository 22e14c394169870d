import type { PrismaClient } from '../prisma/client/client.ts';

export interface SitemapEntry {
  slug: string;
  /** When the listing was changed last, or its feed grew. */
  modifiedAt: Date;
}

/** How many listings search engines are told of: those on sale. */
export function countSitemap(prisma: PrismaClient): Promise<number> {
  return prisma.listing.count({ where: { state: 'live' } });
}

/** A part of the listings on sale, oldest first, so that new ones move none from part to part. */
export function readSitemap(
  prisma: PrismaClient,
  { offset, limit }: { offset: number; limit: number },
): Promise<SitemapEntry[]> {
  return prisma.$queryRaw<SitemapEntry[]>`
    SELECT l.slug, greatest(l.updated_at, (
      SELECT max(c.last_block_at) FROM feeds f JOIN feed_cores c ON c.feed_id = f.id
      WHERE f.listing_id = l.id)) AS "modifiedAt"
    FROM listings l WHERE l.state = 'live' ORDER BY l.id LIMIT ${limit} OFFSET ${offset}`;
}
