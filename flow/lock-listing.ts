import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Listing } from '../prisma/client/client.ts';
import type { Tx } from './deps.ts';

/** A seller's own listing, locked until the transaction ends: its changes wait for each other. */
export async function lockListing(
  tx: Tx,
  sellerId: string,
  slug: string,
): Promise<Listing | Refusal> {
  await tx.$queryRaw`SELECT id FROM listings WHERE slug = ${slug} AND seller_id = ${sellerId}::uuid FOR UPDATE`;
  const listing = await tx.listing.findFirst({ where: { slug, sellerId } });
  return listing ?? refuse('listing-not-found', `You have no listing "${slug}".`);
}
