import type { Shop } from '../shop.ts';
import type { Stand } from '../stand.ts';

/** What happened is told to its seller once by id, or is visible as still to be tried or failed. */
export async function judgeWebhooks({ db, witness }: Stand, shop: Shop): Promise<void> {
  const ids = shop.sellers.map(({ id }) => id);
  const [untold] = await db.prisma.$queryRaw<[{ count: bigint }]>`
    SELECT count(*) FROM outbox o
    WHERE o.seller_id::text = ANY (${ids}) AND o.payload IS NOT NULL
      AND o.created_at > (SELECT max(created_at) FROM webhook_endpoints)
      AND NOT EXISTS (SELECT 1 FROM webhook_events e WHERE e.outbox_id = o.id)`;
  if (untold.count > 0n) witness.violate('I5', 'loss', `${untold.count} events became no webhook`);
  const deliveries = await db.prisma.webhookDelivery.findMany({
    where: { event: { sellerId: { in: ids } } },
    select: { state: true, eventId: true, event: { select: { type: true, payload: true } } },
  });
  const paid = new Map<string, number>();
  for (const { state, eventId, event } of deliveries) {
    witness.add(`webhooks ${state}`);
    if (state === 'delivered' && !witness.webhooks.has(eventId)) {
      witness.violate('I5', 'loss', `webhook ${eventId} is delivered, and nobody received it`);
    }
    if (event.type === 'order.paid') {
      const { orderId } = event.payload as { orderId: string };
      paid.set(orderId, (paid.get(orderId) ?? 0) + 1);
    }
  }
  for (const { orderId, grantedAtMs } of witness.purchases) {
    const times = paid.get(orderId) ?? 0;
    if (times > 1) witness.violate('I2', 'double', `order ${orderId} was announced ${times} times`);
    if (grantedAtMs && times === 0)
      witness.violate('I5', 'loss', `order ${orderId} was not announced`);
  }
  const repeated = [...witness.webhooks.values()].filter(({ times }) => times > 1).length;
  witness.figures.set('webhooks received', witness.webhooks.size);
  witness.figures.set('webhooks received more than once', repeated);
}
