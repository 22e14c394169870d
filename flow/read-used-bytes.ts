import type { Grant, PrismaClient } from '../prisma/client/client.ts';

/** How many bytes seeders have served by each grant's feed to its key, by the grant's id; 0 where none. */
export async function readUsedBytes(
  prisma: PrismaClient,
  grants: Pick<Grant, 'id' | 'feedId' | 'buyerKey'>[],
): Promise<Map<string, number>> {
  const rows = await prisma.$queryRaw<{ id: string; bytes: bigint }[]>`
    SELECT g.id::text, coalesce(sum(u.bytes), 0)::int8 AS bytes
    FROM grants g LEFT JOIN usage u ON u.feed_id = g.feed_id AND u.buyer_key = g.buyer_key
    WHERE g.id = ANY(${grants.map(({ id }) => id)}::uuid[])
    GROUP BY g.id`;
  return new Map(rows.map(({ id, bytes }) => [id, Number(bytes)]));
}
