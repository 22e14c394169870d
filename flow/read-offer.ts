import type { Listing, Plan, PrismaClient } from '../prisma/client/client.ts';

/** What access to a feed costs: its listing, and the plans in force, cheapest first; those in a currency come last. */
export interface Offer {
  listing: Listing;
  plans: Plan[];
}

/** @returns null when the feed is unknown, or its listing a draft */
export async function readOffer(prisma: PrismaClient, feedId: string): Promise<Offer | null> {
  const feed = await prisma.feed.findUnique({
    where: { id: feedId },
    select: {
      listing: {
        include: {
          plans: {
            where: { retiredAt: null },
            orderBy: [{ priceMsat: { sort: 'asc', nulls: 'last' } }, { position: 'asc' }],
          },
        },
      },
    },
  });
  if (!feed || feed.listing.state === 'draft') return null;
  const { plans, ...listing } = feed.listing;
  return { listing, plans };
}
