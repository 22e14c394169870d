import { z } from 'zod';
import { operation } from '../operation.ts';
import { uuid } from '../primitives.ts';
import {
  newWebhook,
  secret,
  webhook,
  webhookChanges,
  webhookDelivery,
  webhookDeliveryPage,
  webhookDeliveryQuery,
  webhookWithSecret,
} from '../webhook-endpoint.ts';

const tag = 'Webhooks';
const access = 'listings';
const params = z.object({ id: uuid });
const REPEATED = ['idempotency-key-reused', 'idempotency-in-flight'] as const;

export const listWebhooks = operation({
  id: 'listWebhooks',
  method: 'get',
  path: '/v1/seller/webhooks',
  tag,
  summary: 'Your webhooks',
  access,
  success: {
    status: 200,
    description: 'All of them, newest first.',
    body: z.object({ webhooks: z.array(webhook) }),
  },
});

export const createWebhook = operation({
  id: 'createWebhook',
  method: 'post',
  path: '/v1/seller/webhooks',
  tag,
  summary: 'Be told of events at a URL',
  description:
    'Messages and signatures follow the Standard Webhooks spec. A seller has at most 10 webhooks.',
  access,
  idempotency: 'optional',
  body: newWebhook,
  success: {
    status: 201,
    description: 'The webhook, with its secret.',
    body: webhookWithSecret,
    headers: { Location: 'Where the webhook is.' },
  },
  refusals: ['webhook-url', 'webhook-limit', 'webhook-not-found', ...REPEATED],
});

export const readWebhook = operation({
  id: 'readWebhook',
  method: 'get',
  path: '/v1/seller/webhooks/{id}',
  tag,
  summary: 'One webhook',
  access,
  params,
  success: { status: 200, description: 'The webhook, without its secret.', body: webhook },
  refusals: ['webhook-not-found'],
});

export const updateWebhook = operation({
  id: 'updateWebhook',
  method: 'patch',
  path: '/v1/seller/webhooks/{id}',
  tag,
  summary: 'Change URL, description or types of a webhook',
  access,
  params,
  body: webhookChanges,
  success: {
    status: 200,
    description: 'The webhook. What is on its way goes to the new URL.',
    body: webhook,
  },
  refusals: ['webhook-url', 'webhook-not-found'],
});

export const deleteWebhook = operation({
  id: 'deleteWebhook',
  method: 'delete',
  path: '/v1/seller/webhooks/{id}',
  tag,
  summary: 'Delete a webhook',
  access,
  params,
  success: { status: 204, description: 'Nothing more is sent there.' },
  refusals: ['webhook-not-found'],
});

export const enableWebhook = operation({
  id: 'enableWebhook',
  method: 'post',
  path: '/v1/seller/webhooks/{id}/enable',
  tag,
  summary: 'Enable a webhook that was disabled',
  description: 'What was on its way is sent. What happened while it was disabled is not.',
  access,
  params,
  success: { status: 200, description: 'The webhook, enabled.', body: webhook },
  refusals: ['webhook-not-found'],
});

export const disableWebhook = operation({
  id: 'disableWebhook',
  method: 'post',
  path: '/v1/seller/webhooks/{id}/disable',
  tag,
  summary: 'Disable a webhook for a while',
  description: 'What is on its way waits until it is enabled. What happens meanwhile is not sent.',
  access,
  params,
  success: { status: 200, description: 'The webhook, disabled.', body: webhook },
  refusals: ['webhook-not-found'],
});

export const testWebhook = operation({
  id: 'testWebhook',
  method: 'post',
  path: '/v1/seller/webhooks/{id}/test',
  tag,
  summary: 'Send an event of type webhook.test',
  access,
  params,
  success: { status: 202, description: 'The delivery, on its way.', body: webhookDelivery },
  refusals: ['webhook-not-found', 'webhook-disabled'],
});

export const readWebhookSecret = operation({
  id: 'readWebhookSecret',
  method: 'get',
  path: '/v1/seller/webhooks/{id}/secret',
  tag,
  summary: 'The secret of a webhook',
  access: 'session',
  params,
  success: { status: 200, description: 'The newest one.', body: z.object({ secret }) },
  refusals: ['webhook-not-found'],
});

export const rotateWebhookSecret = operation({
  id: 'rotateWebhookSecret',
  method: 'post',
  path: '/v1/seller/webhooks/{id}/rotate-secret',
  tag,
  summary: 'Give a webhook a new secret',
  description:
    'For 24 hours messages carry two signatures, by the new secret and by the one before.',
  access,
  idempotency: 'optional',
  params,
  success: {
    status: 200,
    description: 'The webhook, with its new secret.',
    body: webhookWithSecret,
  },
  refusals: ['webhook-not-found', ...REPEATED],
});

export const listWebhookDeliveries = operation({
  id: 'listWebhookDeliveries',
  method: 'get',
  path: '/v1/seller/webhooks/{id}/deliveries',
  tag,
  summary: 'What was sent to a webhook',
  description: 'Deliveries are kept for 30 days.',
  access,
  params,
  query: webhookDeliveryQuery,
  success: { status: 200, description: 'A page of them, newest first.', body: webhookDeliveryPage },
  refusals: ['webhook-not-found', 'cursor-invalid'],
});

export const redeliverWebhook = operation({
  id: 'redeliverWebhook',
  method: 'post',
  path: '/v1/seller/webhook-deliveries/{id}/redeliver',
  tag,
  summary: 'Send a delivery again',
  description: 'Under the same webhook-id. If it fails, it is retried as a new one would be.',
  access,
  params,
  success: { status: 202, description: 'The delivery, on its way.', body: webhookDelivery },
  refusals: ['delivery-not-found', 'webhook-disabled'],
});

export const webhookOperations = [
  listWebhooks,
  createWebhook,
  readWebhook,
  updateWebhook,
  deleteWebhook,
  enableWebhook,
  disableWebhook,
  testWebhook,
  readWebhookSecret,
  rotateWebhookSecret,
  listWebhookDeliveries,
  redeliverWebhook,
];
