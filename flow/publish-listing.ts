import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Prisma, PrismaClient } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';

export interface ListingDraft {
  slug: string;
  title: string;
  description: string;
  tags: string[];
  licence: string;
  sourceUrl: string | null;
  feed: { kind: 'hypercore' | 'hyperbee' | 'hyperdrive' };
  blockSchema: Prisma.InputJsonObject;
  plans: {
    name: string;
    kind: 'time' | 'forever' | 'free';
    priceMsat: bigint;
    periodMs: bigint | null;
  }[];
}

/** Writes a listing with a hosted feed, as a draft. The seeder gives the feed its core. */
export async function createListing(
  prisma: PrismaClient,
  sellerId: string,
  draft: ListingDraft,
): Promise<{ id: string } | Refusal> {
  const { blockSchema, feed, plans, ...data } = draft;
  if (new Set(plans.map(({ name }) => name)).size < plans.length) {
    return refuse('plan-named-twice', 'Every plan of a listing has a name of its own.');
  }
  return prisma.$transaction(async (tx) => {
    const taken = await tx.listing.createManyAndReturn({
      data: { ...data, sellerId },
      skipDuplicates: true,
      select: { id: true },
    });
    const listing = taken[0];
    if (!listing) return refuse('slug-taken', `There is a listing "${draft.slug}" already.`);
    await tx.plan.createMany({ data: plans.map((plan) => ({ ...plan, listingId: listing.id })) });
    await tx.feed.create({ data: { listingId: listing.id, blockSchema, ...feed } });
    return listing;
  });
}

/** Puts a draft or unlisted listing on sale. */
export async function publishListing(
  prisma: PrismaClient,
  sellerId: string,
  slug: string,
): Promise<{ id: string } | Refusal> {
  return prisma.$transaction(async (tx) => {
    const listing = await tx.listing.findFirst({
      where: { slug, sellerId },
      include: { feed: { include: { cores: true } } },
    });
    if (!listing) return refuse('listing-not-found', `You have no listing "${slug}".`);
    if (listing.state === 'withdrawn') {
      return refuse('listing-withdrawn', `"${slug}" was withdrawn and stays so.`);
    }
    if (!listing.feed?.cores.length) {
      return refuse(
        'feed-not-ready',
        `The feed of "${slug}" has no core yet: the seeder makes it within seconds.`,
      );
    }
    const publishedAt = listing.publishedAt ?? new Date(await nowMs(tx));
    await tx.listing.update({ where: { id: listing.id }, data: { state: 'live', publishedAt } });
    return { id: listing.id };
  });
}
