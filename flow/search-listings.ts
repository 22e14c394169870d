import { type FeedKind, Prisma, type PrismaClient } from '../prisma/client/client.ts';
import { type ListingRow, readListingsById } from './read-listings.ts';
import { remembering } from './remember.ts';
import { keyOf, type Place, PRICE_MSAT, type Sort } from './search-sort.ts';
import { toTsquery } from './search-text.ts';

const FACETS = 20;

interface Filter {
  text?: string | undefined;
  /** All of them. */
  tags: readonly string[];
  kind?: FeedKind | undefined;
  maxPriceMsat?: bigint | undefined;
  updatedWithinMs?: number | undefined;
}

export interface Search extends Filter {
  sort: Sort;
  limit: number;
  /** Where the page before ended. */
  after?: Place | undefined;
}

export interface Found {
  listings: ListingRow[];
  next: Place | null;
  /** The commonest tags of everything found; null but on the first page. */
  tags: { tag: string; count: number }[] | null;
}

/** Finds live listings. What is asked for is answered by indexes; a page costs the same wherever it lies. */
export async function searchListings(prisma: PrismaClient, search: Search): Promise<Found> {
  const [found, tags] = await Promise.all([
    findPage(prisma, search),
    search.after ? null : isNarrowed(search) ? countTags(prisma, search) : countAllTags(prisma),
  ]);
  return { ...found, tags };
}

async function findPage(prisma: PrismaClient, search: Search): Promise<Omit<Found, 'tags'>> {
  const places = await prisma.$queryRaw<Place[]>(searchQuery(search));
  const page = places.slice(0, search.limit);
  const ids = page.map(({ id }) => id);
  return {
    listings: await readListingsById(prisma, ids),
    next: places.length > search.limit ? (page.at(-1) ?? null) : null,
  };
}

/** The query for one page of places, and one more that tells whether there is another page. */
export function searchQuery(search: Search): Prisma.Sql {
  const { value, text, order, beyond } = keyOf(search.sort, search.text ?? '');
  const after = search.after ? Prisma.sql`AND ${beyond(search.after)}` : Prisma.empty;
  return Prisma.sql`
    SELECT l.id, ${text} AS key FROM listings l
    WHERE ${conditions(search)} ${after}
    ORDER BY ${value} ${order}, l.id ${order} LIMIT ${search.limit + 1}`;
}

/** How many listings a search finds, counted no further than `atMost`. */
export async function countListings(
  prisma: PrismaClient,
  search: Search,
  atMost: number,
): Promise<number> {
  const [row] = await prisma.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM (
      SELECT FROM listings l WHERE ${conditions(search)} LIMIT ${atMost}) AS found`;
  return row!.count;
}

// The front page of a large market would count all of its tags for every visitor.
const countAllTags = remembering((prisma: PrismaClient) => countTags(prisma, { tags: [] }));

function isNarrowed({ text, tags, kind, maxPriceMsat, updatedWithinMs }: Filter): boolean {
  const others = [text, kind, maxPriceMsat, updatedWithinMs];
  return tags.length > 0 || others.some((one) => one !== undefined);
}

async function countTags(prisma: PrismaClient, search: Filter): Promise<Found['tags']> {
  return prisma.$queryRaw<{ tag: string; count: number }[]>`
    SELECT tag, count(*)::int AS count FROM listings l, unnest(l.tags) AS tag WHERE ${conditions(search)}
    GROUP BY tag ORDER BY count DESC, tag LIMIT ${FACETS}`;
}

function conditions({ text, tags, kind, maxPriceMsat, updatedWithinMs }: Filter): Prisma.Sql {
  const all = [Prisma.sql`l.state = 'live'`];
  if (text !== undefined) all.push(Prisma.sql`l.document @@ ${toTsquery(text)}`);
  if (tags.length > 0) all.push(Prisma.sql`l.tags @> ${tags}::text[]`);
  if (kind) {
    all.push(Prisma.sql`EXISTS (
      SELECT 1 FROM feeds f WHERE f.listing_id = l.id AND f.kind = ${kind}::feed_kind)`);
  }
  if (maxPriceMsat !== undefined) {
    all.push(Prisma.sql`${PRICE_MSAT} <= ${maxPriceMsat}`);
  }
  if (updatedWithinMs !== undefined) {
    all.push(Prisma.sql`EXISTS (
      SELECT 1 FROM feeds f JOIN feed_cores c ON c.feed_id = f.id WHERE f.listing_id = l.id
      AND c.last_block_at > now() - ${updatedWithinMs}::float8 * interval '1 millisecond')`);
  }
  return Prisma.join(all, ' AND ');
}
