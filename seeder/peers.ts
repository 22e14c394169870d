import type { PrismaClient } from '../prisma/client/client.ts';

/**
 * Says in the database how many buyers are connected to this seeder, by feed. To be repeated: readers believe only what
 * was said lately.
 */
export async function announcePeers(
  prisma: PrismaClient,
  noiseKey: Uint8Array,
  audience: ReadonlyMap<string, number>,
): Promise<void> {
  const seederKey = Uint8Array.from(noiseKey);
  const feedIds = [...audience.keys()];
  await prisma.$executeRaw`
    WITH gone AS (
      DELETE FROM feed_peers WHERE seeder_key = ${seederKey} AND feed_id <> ALL (${feedIds}::uuid[]))
    INSERT INTO feed_peers (feed_id, seeder_key, peers, said_at)
    SELECT s.feed_id, ${seederKey}, s.peers, now()
    FROM unnest(${feedIds}::uuid[], ${[...audience.values()]}::int[]) AS s (feed_id, peers)
    ON CONFLICT (feed_id, seeder_key) DO UPDATE SET peers = excluded.peers, said_at = excluded.said_at`;
}

/** Takes back what this seeder said. */
export async function withdrawPeers(prisma: PrismaClient, noiseKey: Uint8Array): Promise<void> {
  await prisma.feedPeers.deleteMany({ where: { seederKey: Uint8Array.from(noiseKey) } });
}
