import type { PrismaClient } from '../prisma/client/client.ts';

/** How alive a feed is. */
export interface Activity {
  /** What came to it in the last 24 hours, to the hour. */
  blocksLastDay: bigint;
  bytesLastDay: bigint;
  /** Buyers that are connected now; of several seeders, to the one that has most. */
  peers: number;
}

const QUIET: Activity = { blocksLastDay: 0n, bytesLastDay: 0n, peers: 0 };

/** How alive the feeds of listings are: one query for all of them. */
export async function addActivity<L extends { feed: { id: string } | null }>(
  prisma: Pick<PrismaClient, '$queryRaw'>,
  listings: readonly L[],
): Promise<(L & { activity: Activity })[]> {
  const ids = listings.flatMap(({ feed }) => feed?.id ?? []);
  const rows = ids.length === 0 ? [] : await readActivity(prisma, ids);
  const byId = new Map(rows.map(({ feedId, ...activity }) => [feedId, activity]));
  return listings.map((listing) => ({
    ...listing,
    activity: byId.get(listing.feed?.id ?? '') ?? QUIET,
  }));
}

// A seeder says every five seconds how many are connected; one that missed it three times is not there. Buyers connect to
// every seeder, so that a sum would count them as often as there are seeders.
function readActivity(
  prisma: Pick<PrismaClient, '$queryRaw'>,
  feedIds: readonly string[],
): Promise<(Activity & { feedId: string })[]> {
  return prisma.$queryRaw`
    SELECT f.id::text AS "feedId", greatest(g.blocks, 0)::int8 AS "blocksLastDay",
           greatest(g.bytes, 0)::int8 AS "bytesLastDay", coalesce(p.peers, 0)::int AS peers
    FROM unnest(${feedIds}::uuid[]) AS f (id)
    CROSS JOIN LATERAL (
      SELECT sum(blocks) AS blocks, sum(bytes) AS bytes FROM feed_growth
      WHERE feed_id = f.id AND hour > now() - interval '24 hours') g
    CROSS JOIN LATERAL (
      SELECT max(peers) AS peers FROM feed_peers
      WHERE feed_id = f.id AND said_at > now() - interval '15 seconds') p`;
}
