import type { z } from 'zod';
import type { listingQuery } from '../contract/index.ts';
import type { Search } from '../flow/search-listings.ts';

// What a bigint of the database holds.
const MAX_INT8 = 2n ** 63n - 1n;

/** What was asked for. An empty text is none, and without a text nothing can be relevant. */
export function asSearch(query: z.output<typeof listingQuery>): Search {
  const { q, tag, kind, maxPriceMsat, updatedWithinMs, limit } = query;
  const text = q?.trim() || undefined;
  const sort = query.sort ?? 'relevance';
  return {
    text,
    tags: [...new Set([tag ?? []].flat())].sort(),
    kind,
    maxPriceMsat: maxPriceMsat === undefined ? undefined : atMost(BigInt(maxPriceMsat)),
    updatedWithinMs,
    sort: sort === 'relevance' && text === undefined ? 'newest' : sort,
    limit,
  };
}

/** The same text for the same search, whatever the size of its pages. */
export function nameOf({ text, tags, kind, maxPriceMsat, updatedWithinMs, sort }: Search): string {
  const members = [text, tags, kind, maxPriceMsat?.toString(), updatedWithinMs, sort];
  return JSON.stringify(members.map((member) => member ?? null));
}

function atMost(msat: bigint): bigint {
  return msat < MAX_INT8 ? msat : MAX_INT8;
}
