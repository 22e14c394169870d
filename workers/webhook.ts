import type { JobQueue } from '../boot/context.ts';
import { deliverWebhook, dueDeliveries, endpointOf } from '../flow/deliver-webhook.ts';
import type { FlowDeps } from '../flow/deps.ts';

/** How many deliveries are under way in one process: so many that one seller's endpoints cannot take all places. */
export const WEBHOOKS_AT_ONCE = 64;
/** And how many to one endpoint, so that a slow one is held up by itself only. */
export const WEBHOOKS_PER_ENDPOINT = 4;

/** Job: attempts a delivery. One that finds its endpoint busy stays due: the next that is done there takes it on. */
export function webhookJob(deps: FlowDeps, queue: JobQueue) {
  const underWay = new Map<string, number>();

  return async (deliveryId: string): Promise<void> => {
    const endpointId = await endpointOf(deps.prisma, deliveryId);
    const others = endpointId ? (underWay.get(endpointId) ?? 0) : 0;
    if (!endpointId || others >= WEBHOOKS_PER_ENDPOINT) return;
    underWay.set(endpointId, others + 1);
    try {
      const { tryAgainAtMs } = await deliverWebhook(deps, deliveryId);
      if (tryAgainAtMs !== null) await queue.add('webhook', deliveryId, tryAgainAtMs);
    } finally {
      leave(underWay, endpointId);
    }
    for (const id of await dueDeliveries(deps.prisma, WEBHOOKS_PER_ENDPOINT, endpointId)) {
      await queue.add('webhook', id);
    }
  };
}

function leave(underWay: Map<string, number>, endpointId: string): void {
  const others = (underWay.get(endpointId) ?? 1) - 1;
  if (others === 0) underWay.delete(endpointId);
  else underWay.set(endpointId, others);
}
