import { Prisma } from '../prisma/client/client.ts';
import type { Tx } from './deps.ts';

/**
 * SQL that finds the order that a row of the grant log came from: the one that was paid by its hash, or else the last
 * one that its key has paid of that feed. Gives `id` and `trace_parent`, or nulls for what was never ordered.
 *
 * @param log the alias of the row, with `payment_hash`, `buyer_key` and `feed_id`
 */
export function joinOrder(log: 'l'): Prisma.Sql {
  const row = Prisma.raw(log);
  return Prisma.sql`
    LEFT JOIN invoices i ON i.payment_hash = ${row}.payment_hash
    LEFT JOIN LATERAL (
      SELECT o.id, o.trace_parent FROM orders o JOIN feeds f ON f.listing_id = o.listing_id
      WHERE o.buyer_key = ${row}.buyer_key AND f.id = ${row}.feed_id AND o.state = 'paid'
        AND (i.order_id IS NULL OR o.id = i.order_id)
      ORDER BY o.paid_at DESC LIMIT 1
    ) o ON true`;
}

/** What a log says of a grant that has changed, with the order that it was last bought with. */
export async function grantStory(
  tx: Tx,
  { id, feedId, buyerKey }: { id: string; feedId: string; buyerKey: Uint8Array },
): Promise<{ orderId: string | undefined; grantId: string; feedId: string }> {
  const [order] = await tx.order.findMany({
    where: {
      buyerKey: Uint8Array.from(buyerKey),
      state: 'paid',
      listing: { feed: { id: feedId } },
    },
    orderBy: { paidAt: 'desc' },
    select: { id: true },
    take: 1,
  });
  return { orderId: order?.id, grantId: id, feedId };
}
