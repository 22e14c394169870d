import { Router } from 'express';
import * as operations from '../../contract/operations/webhooks.ts';
import { isRefusal, type Refusal, refuse } from '../../domain/refusal.ts';
import { readDeliveries, redeliver, testWebhook } from '../../flow/webhook-deliveries.ts';
import * as webhooks from '../../flow/webhook-endpoints.ts';
import { rotateWebhookSecret, secretOf } from '../../flow/webhook-secrets.ts';
import { operate } from '../../http/operate.ts';
import type { WebhookEndpoint } from '../../prisma/client/client.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import type { ServerDeps } from '../deps.ts';
import { presentDelivery, presentWebhook } from '../present/webhook.ts';

export function webhookRoutes(deps: ServerDeps): Router {
  const router = Router();
  const { prisma, authenticate } = deps;

  operate(router, operations.listWebhooks, authenticate, async ({ caller }) => {
    const rows = await webhooks.readWebhooks(prisma, caller.sellerId);
    return { webhooks: rows.map(presentWebhook) };
  });

  operate(router, operations.createWebhook, authenticate, async (call) => {
    const { caller, body, idempotency, res } = call;
    const row = await webhooks.createWebhook(deps, caller.sellerId, body, idempotency);
    if (isRefusal(row)) return row;
    res.location(`/v1/seller/webhooks/${row.id}`);
    return withSecret(row);
  });

  operate(router, operations.readWebhook, authenticate, async ({ caller, params }) =>
    present(await webhooks.readWebhook(prisma, caller.sellerId, params.id)),
  );

  operate(router, operations.updateWebhook, authenticate, async ({ caller, params, body }) =>
    present(await webhooks.updateWebhook(deps, caller.sellerId, params.id, body)),
  );

  operate(router, operations.deleteWebhook, authenticate, async ({ caller, params }) => {
    const row = await webhooks.deleteWebhook(prisma, caller.sellerId, params.id);
    return isRefusal(row) ? row : undefined;
  });

  operate(router, operations.enableWebhook, authenticate, async ({ caller, params }) =>
    present(await webhooks.enableWebhook(prisma, caller.sellerId, params.id)),
  );

  operate(router, operations.disableWebhook, authenticate, async ({ caller, params }) =>
    present(await webhooks.disableWebhook(prisma, caller.sellerId, params.id)),
  );

  operate(router, operations.testWebhook, authenticate, async ({ caller, params }) => {
    const row = await testWebhook(prisma, caller.sellerId, params.id);
    return isRefusal(row) ? row : presentDelivery(row);
  });

  operate(router, operations.readWebhookSecret, authenticate, async ({ caller, params, res }) => {
    const row = await webhooks.readWebhook(prisma, caller.sellerId, params.id);
    res.setHeader('Cache-Control', 'no-store');
    return isRefusal(row) ? row : { secret: secretOf(deps, row) };
  });

  operate(router, operations.rotateWebhookSecret, authenticate, async (call) => {
    const { caller, params, idempotency } = call;
    const row = await rotateWebhookSecret(deps, caller.sellerId, params.id, idempotency);
    return isRefusal(row) ? row : withSecret(row);
  });

  operate(router, operations.listWebhookDeliveries, authenticate, async (call) => {
    const { caller, params, query } = call;
    const { cursor, ...filter } = query;
    const after = cursor === undefined ? undefined : fromCursor(cursor);
    if (after === null) {
      return refuse('cursor-invalid', 'The cursor is none that a page of deliveries gave.');
    }
    const page = await readDeliveries(prisma, caller.sellerId, params.id, { ...filter, after });
    if (isRefusal(page)) return page;
    return {
      deliveries: page.deliveries.map(presentDelivery),
      nextCursor: page.next && toCursor(page.next),
    };
  });

  operate(router, operations.redeliverWebhook, authenticate, async ({ caller, params }) => {
    const row = await redeliver(prisma, caller.sellerId, params.id);
    return isRefusal(row) ? row : presentDelivery(row);
  });

  function withSecret(row: WebhookEndpoint) {
    return { ...presentWebhook(row), secret: secretOf(deps, row) };
  }

  return router;
}

function present(row: WebhookEndpoint | Refusal) {
  return isRefusal(row) ? row : presentWebhook(row);
}
