import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Feed, Listing, Prisma, PrismaClient } from '../prisma/client/client.ts';

export interface Preview extends Pick<Listing, 'slug'>, Pick<Feed, 'kind'> {
  from: Listing['previewFrom'];
  /** As the seeder wrote them, never more than the seller shows now. */
  items: unknown[];
  takenAt: Date | null;
}

/** What anybody may see of a listing's feed, as long as it is sold. */
export async function readPreview(prisma: PrismaClient, slug: string): Promise<Preview | Refusal> {
  return read(prisma, { slug, state: { not: 'draft' } });
}

/** The same of a listing of one's own, which may be a draft. */
export async function readOwnPreview(
  prisma: PrismaClient,
  sellerId: string,
  slug: string,
): Promise<Preview | Refusal> {
  return read(prisma, { slug, sellerId });
}

async function read(
  prisma: PrismaClient,
  where: Prisma.ListingWhereInput & { slug: string },
): Promise<Preview | Refusal> {
  const { slug } = where;
  const listing = await prisma.listing.findFirst({
    where,
    select: {
      state: true,
      previewFrom: true,
      previewBlocks: true,
      feed: { select: { kind: true, preview: true, previewAt: true } },
    },
  });
  if (!listing?.feed) return refuse('listing-not-found', `There is no listing "${slug}".`);
  if (listing.state === 'withdrawn') {
    return refuse('listing-withdrawn', `"${slug}" was withdrawn and shows nothing any more.`);
  }
  const { previewFrom: from, previewBlocks, feed } = listing;
  return {
    slug,
    kind: feed.kind,
    from,
    items: bounded(itemsOf(feed.preview), from, previewBlocks),
    takenAt: feed.previewAt,
  };
}

function itemsOf(preview: Feed['preview']): unknown[] {
  if (typeof preview !== 'object' || preview === null || Array.isArray(preview)) return [];
  return Array.isArray(preview.items) ? preview.items : [];
}

// The seeder may still have more of them, when the seller has just shown fewer.
function bounded(items: unknown[], from: Listing['previewFrom'], count: number): unknown[] {
  return from === 'first' ? items.slice(0, count) : items.slice(Math.max(0, items.length - count));
}
