import type { PrismaClient } from '../prisma/client/client.ts';

/** Of what is said with one buyer, and of what is said to all. */
export const KEPT_WITH_EACH = 1_000;
/** Of one feed in one direction. */
export const KEPT_OF_A_FEED = 10_000;

/** Deletes messages after 30 days, and the oldest ones of a feed where there are too many. */
export async function forgetMessages(prisma: PrismaClient): Promise<void> {
  await prisma.$executeRaw`DELETE FROM messages WHERE sent_at < now() - interval '30 days'`;
  await prisma.$executeRaw`
    DELETE FROM messages AS m USING (
      SELECT seq, row_number() OVER (PARTITION BY feed_id, direction, buyer_key ORDER BY seq DESC) AS with_each,
             row_number() OVER (PARTITION BY feed_id, direction ORDER BY seq DESC) AS of_feed
      FROM messages) AS n
    WHERE n.seq = m.seq AND (n.with_each > ${KEPT_WITH_EACH} OR n.of_feed > ${KEPT_OF_A_FEED})`;
}
