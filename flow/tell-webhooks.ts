import type { PrismaClient } from '../prisma/client/client.ts';

/**
 * Makes of outbox rows the events that sellers' endpoints are told of, with a delivery for each endpoint that hears of
 * that type, in one statement: once a row, however often and by however many it is relayed.
 */
export async function tellWebhooks(prisma: PrismaClient, outboxIds: bigint[]): Promise<void> {
  if (outboxIds.length === 0) return;
  await prisma.$executeRaw`
    WITH hearing AS (
      SELECT o.id AS outbox_id, e.id AS endpoint_id
      FROM outbox o
      JOIN webhook_endpoints e ON e.seller_id = o.seller_id AND (e.events = '{}' OR o.topic = ANY (e.events))
      WHERE o.id = ANY (${outboxIds}) AND o.payload IS NOT NULL
        AND e.disabled_at IS NULL AND e.deleted_at IS NULL
    ), told AS (
      INSERT INTO webhook_events (seller_id, outbox_id, type, payload, at)
      SELECT seller_id, id, topic, payload, created_at FROM outbox
      WHERE id IN (SELECT outbox_id FROM hearing)
      ORDER BY id
      ON CONFLICT (outbox_id) DO NOTHING
      RETURNING id, outbox_id
    )
    INSERT INTO webhook_deliveries (endpoint_id, event_id, next_attempt_at)
    SELECT hearing.endpoint_id, told.id, clock_timestamp() FROM told JOIN hearing USING (outbox_id)`;
}
