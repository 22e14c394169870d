import type { Webhook, WebhookDelivery } from '../../contract/webhook-endpoint.ts';
import type { DeliveryRow } from '../../flow/webhook-deliveries.ts';
import type { WebhookEndpoint } from '../../prisma/client/client.ts';

export function presentWebhook(row: WebhookEndpoint): Webhook {
  const { id, url, description, events, disabledAt, disabledReason } = row;
  return {
    id,
    url,
    description,
    events: events as Webhook['events'],
    state: disabledAt ? 'disabled' : 'enabled',
    disabledReason,
    disabledAtMs: disabledAt?.getTime() ?? null,
    failingSinceMs: row.failingSince?.getTime() ?? null,
    previousSecretUntilMs: row.previousUntil?.getTime() ?? null,
    createdAtMs: row.createdAt.getTime(),
  };
}

export function presentDelivery(row: DeliveryRow): WebhookDelivery {
  const { id, endpointId, event, state } = row;
  return {
    id,
    webhookId: endpointId,
    eventId: event.id,
    type: event.type as WebhookDelivery['type'],
    state,
    createdAtMs: row.createdAt.getTime(),
    deliveredAtMs: row.deliveredAt?.getTime() ?? null,
    nextAttemptAtMs: row.nextAttemptAt?.getTime() ?? null,
    attempts: row.log.map(({ at, durationMs, status, error, answer }) => ({
      atMs: at.getTime(),
      durationMs,
      status,
      error,
      answer,
    })),
  };
}
