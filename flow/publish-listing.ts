import { type ListingMove, move } from '../domain/listing.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Listing, PrismaClient } from '../prisma/client/client.ts';
import { announceListing } from './announce-listing.ts';
import { nowMs } from './clock.ts';
import type { Tx } from './deps.ts';
import { lockListing } from './lock-listing.ts';

const TOPIC = {
  publish: 'listing.published',
  unlist: 'listing.unlisted',
  withdraw: 'listing.withdrawn',
} as const;

/**
 * Puts a listing on sale, takes it off the lists, or withdraws it for good. Where it is already, nothing changes and
 * nobody is told. Access that was bought goes on in every state.
 */
export async function moveListing(
  prisma: PrismaClient,
  sellerId: string,
  slug: string,
  to: ListingMove,
): Promise<Listing | Refusal> {
  return prisma.$transaction(async (tx) => {
    const listing = await lockListing(tx, sellerId, slug);
    if (isRefusal(listing)) return listing;
    const state = move(listing.state, to);
    if (state === listing.state) return listing;
    if (state === null) return refuseMove(listing);
    if (state === 'live' && !(await hasCores(tx, listing))) return notReady(tx, listing);
    const changed = await tx.listing.update({
      where: { id: listing.id },
      data: { state, publishedAt: await publishedAt(tx, listing, to), version: { increment: 1 } },
    });
    await announceListing(tx, TOPIC[to], changed);
    return changed;
  });
}

function refuseMove({ slug, state }: Listing): Refusal {
  return state === 'withdrawn'
    ? refuse('listing-withdrawn', `"${slug}" was withdrawn and stays so.`)
    : refuse('listing-state', `"${slug}" is a ${state}: it has never been listed.`);
}

async function notReady(tx: Tx, { id, slug }: Listing): Promise<Refusal> {
  const { origin } = await tx.feed.findUniqueOrThrow({ where: { listingId: id } });
  if (origin === 'mirrored') {
    return refuse('ownership-unproved', `Prove first that the cores of "${slug}" are yours.`);
  }
  const why = 'has no core yet: the seeder makes it within seconds';
  return refuse('feed-not-ready', `The feed of "${slug}" ${why}.`);
}

async function hasCores(tx: Tx, { id }: Listing): Promise<boolean> {
  return (await tx.feedCore.count({ where: { feed: { listingId: id } } })) > 0;
}

async function publishedAt(
  tx: Tx,
  listing: Listing,
  to: ListingMove,
): Promise<Listing['publishedAt']> {
  if (listing.publishedAt || to !== 'publish') return listing.publishedAt;
  return new Date(await nowMs(tx));
}
