import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Prisma, PrismaClient } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';
import { readWebhook } from './webhook-endpoints.ts';

const ATTEMPTS_SHOWN = 20;

const include = {
  event: true,
  log: { orderBy: { id: 'desc' }, take: ATTEMPTS_SHOWN },
} satisfies Prisma.WebhookDeliveryInclude;

export type DeliveryRow = Prisma.WebhookDeliveryGetPayload<{ include: typeof include }>;

export interface DeliveryFilter {
  state?: 'pending' | 'delivered' | 'failed' | undefined;
  type?: string | undefined;
  limit: number;
  /** The id of the last delivery of the page before. */
  after?: string | undefined;
}

/** What was sent to an endpoint, or is on its way, newest first. */
export async function readDeliveries(
  prisma: PrismaClient,
  sellerId: string,
  endpointId: string,
  { state, type, limit, after }: DeliveryFilter,
): Promise<{ deliveries: DeliveryRow[]; next: string | null } | Refusal> {
  const endpoint = await readWebhook(prisma, sellerId, endpointId);
  if (isRefusal(endpoint)) return endpoint;
  const rows = await prisma.webhookDelivery.findMany({
    where: {
      endpointId,
      ...(state ? { state } : {}),
      ...(type ? { event: { type } } : {}),
      ...(after ? { id: { lt: after } } : {}),
    },
    include,
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const deliveries = rows.slice(0, limit);
  return { deliveries, next: rows.length > limit ? (deliveries.at(-1)?.id ?? null) : null };
}

/** Sends an event of type `webhook.test` to an endpoint, whatever it subscribes to. */
export async function testWebhook(
  prisma: PrismaClient,
  sellerId: string,
  endpointId: string,
): Promise<DeliveryRow | Refusal> {
  const endpoint = await readWebhook(prisma, sellerId, endpointId);
  if (isRefusal(endpoint)) return endpoint;
  if (endpoint.disabledAt) return disabled();
  const event = { sellerId, type: 'webhook.test', payload: { webhookId: endpointId } };
  return prisma.webhookDelivery.create({
    data: {
      endpoint: { connect: { id: endpointId } },
      event: { create: event },
      nextAttemptAt: new Date(await nowMs(prisma)),
    },
    include,
  });
}

/** Sends an event again, under its old id, and begins the schedule of attempts anew. */
export async function redeliver(
  prisma: PrismaClient,
  sellerId: string,
  deliveryId: string,
): Promise<DeliveryRow | Refusal> {
  const delivery = await prisma.webhookDelivery.findFirst({
    where: { id: deliveryId, endpoint: { sellerId, deletedAt: null } },
    include: { endpoint: true },
  });
  if (!delivery) return refuse('delivery-not-found', 'You have no such delivery.');
  if (delivery.endpoint.disabledAt) return disabled();
  const nextAttemptAt = new Date(await nowMs(prisma));
  return prisma.webhookDelivery.update({
    where: { id: deliveryId },
    data: { state: 'pending', attempts: 0, nextAttemptAt, deliveredAt: null },
    include,
  });
}

function disabled(): Refusal {
  return refuse('webhook-disabled', 'The webhook is disabled. Enable it first.');
}
