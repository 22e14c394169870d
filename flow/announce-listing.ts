import type { EventType } from '../domain/event.ts';
import type { Listing } from '../prisma/client/client.ts';
import { announce } from './announce.ts';
import type { Tx } from './deps.ts';

type ListingTopic = Extract<EventType, `listing.${string}`>;

type Announced = Pick<Listing, 'id' | 'sellerId' | 'slug' | 'title' | 'state' | 'version'>;

/** Announces a change of a listing, as it is afterwards, to its seller. */
export async function announceListing(
  tx: Tx,
  topic: ListingTopic,
  { id, sellerId, slug, title, state, version }: Announced,
): Promise<void> {
  const payload = { listingId: id, listing: slug, title, state, version };
  await announce(tx, { topic, subjectId: id, sellerId, payload });
}
