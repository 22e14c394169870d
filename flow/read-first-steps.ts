import type { PrismaClient } from '../prisma/client/client.ts';

/** How far a new seller has come. */
export interface FirstSteps {
  /** The newest listing, if there is any. */
  slug: string | null;
  hasData: boolean;
  isPublished: boolean;
  hasSold: boolean;
}

export async function readFirstSteps(prisma: PrismaClient, sellerId: string): Promise<FirstSteps> {
  const [row] = await prisma.$queryRaw<[FirstSteps]>`
    SELECT (SELECT slug FROM listings WHERE seller_id = ${sellerId}::uuid ORDER BY id DESC LIMIT 1) AS slug,
           EXISTS (SELECT 1 FROM listings l JOIN feeds f ON f.listing_id = l.id JOIN feed_cores c ON c.feed_id = f.id
                   WHERE l.seller_id = ${sellerId}::uuid AND c.length > 0) AS "hasData",
           EXISTS (SELECT 1 FROM listings WHERE seller_id = ${sellerId}::uuid AND published_at IS NOT NULL) AS "isPublished",
           EXISTS (SELECT 1 FROM listings l JOIN orders o ON o.listing_id = l.id
                   WHERE l.seller_id = ${sellerId}::uuid AND o.state = 'paid') AS "hasSold"`;
  return row;
}
