import { type Refusal, refuse } from '../domain/refusal.ts';
import type { FeedKind, Prisma, PrismaClient } from '../prisma/client/client.ts';

const NAMES: Record<FeedKind, string> = {
  hypercore: 'a Hypercore, which takes blocks',
  hyperbee: 'a Hyperbee, which takes entries',
  hyperdrive: 'a Hyperdrive, which takes files',
  autobase: 'an Autobase, which its writers append to',
};

export interface HostedFeed {
  id: string;
  blockSchema: Prisma.JsonValue;
}

/**
 * The feed of a seller's listing, if the market writes it and it is of that kind. A withdrawn one can still be written to:
 * whoever bought access to its end is owed the data.
 */
export async function findHostedFeed(
  prisma: PrismaClient,
  sellerId: string,
  slug: string,
  kind: FeedKind,
): Promise<HostedFeed | Refusal> {
  const listing = await prisma.listing.findFirst({
    where: { slug, sellerId },
    select: {
      feed: { select: { id: true, kind: true, origin: true, blockSchema: true } },
    },
  });
  if (!listing?.feed) return refuse('listing-not-found', `You have no listing "${slug}".`);
  const { id, blockSchema, ...feed } = listing.feed;
  if (feed.origin !== 'hosted') {
    return refuse('feed-mirrored', `"${slug}" is mirrored: append to it on your own machine.`);
  }
  if (feed.kind !== kind) return refuse('feed-kind', `"${slug}" is ${NAMES[feed.kind]}.`);
  return { id, blockSchema };
}
