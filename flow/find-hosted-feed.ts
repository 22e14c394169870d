import { type Refusal, refuse } from '../domain/refusal.ts';
import type { FeedKind, Prisma, PrismaClient } from '../prisma/client/client.ts';

const NAMES: Record<FeedKind, string> = {
  hypercore: 'a Hypercore, which takes blocks',
  hyperbee: 'a Hyperbee, which takes entries',
  hyperdrive: 'a Hyperdrive, which takes files',
};

export interface HostedFeed {
  id: string;
  blockSchema: Prisma.JsonValue;
  /** A withdrawn listing takes nothing more. */
  isWithdrawn: boolean;
}

/** The feed of a seller's listing, if the market writes it and it is of that kind. */
export async function findHostedFeed(
  prisma: PrismaClient,
  sellerId: string,
  slug: string,
  kind: FeedKind,
): Promise<HostedFeed | Refusal> {
  const listing = await prisma.listing.findFirst({
    where: { slug, sellerId },
    select: {
      state: true,
      feed: { select: { id: true, kind: true, origin: true, blockSchema: true } },
    },
  });
  if (!listing?.feed) return refuse('listing-not-found', `You have no listing "${slug}".`);
  const { id, blockSchema, ...feed } = listing.feed;
  if (feed.origin !== 'hosted') {
    return refuse('feed-mirrored', `"${slug}" is mirrored: append to it on your own machine.`);
  }
  if (feed.kind !== kind) return refuse('feed-kind', `"${slug}" is ${NAMES[feed.kind]}.`);
  return { id, blockSchema, isWithdrawn: listing.state === 'withdrawn' };
}

/** As {@link findHostedFeed}, for whoever writes to it. */
export async function findWritableFeed(
  prisma: PrismaClient,
  sellerId: string,
  slug: string,
  kind: FeedKind,
): Promise<HostedFeed | Refusal> {
  const feed = await findHostedFeed(prisma, sellerId, slug, kind);
  if ('refused' in feed || !feed.isWithdrawn) return feed;
  return refuse('listing-withdrawn', `"${slug}" was withdrawn and takes nothing more.`);
}
