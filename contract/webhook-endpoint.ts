import { z } from 'zod';
import { line, timeMs, uuid } from './primitives.ts';
import { eventType, webhookType } from './webhook.ts';

const url = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .meta({
    description: 'An https URL without credentials, of a host with public addresses only.',
    example: 'https://hooks.example.com/dazaar',
  });

const events = z
  .array(eventType)
  .max(eventType.options.length)
  .meta({ description: 'The types to be told of; empty for all.' });

const description = line(200);

export const newWebhook = z.strictObject({
  url,
  description: description.default(''),
  events: events.default([]),
});

export const webhookChanges = z.strictObject({
  url: url.exactOptional(),
  description: description.exactOptional(),
  events: events.exactOptional(),
});

export const webhook = z.object({
  id: uuid,
  url: z.string(),
  description: z.string(),
  events: z.array(eventType),
  state: z.enum(['enabled', 'disabled']),
  disabledReason: z.string().nullable().meta({ description: 'Why it is disabled.' }),
  disabledAtMs: timeMs.nullable(),
  failingSinceMs: timeMs
    .nullable()
    .meta({ description: 'Since when every attempt failed; after 5 days of that it is disabled.' }),
  previousSecretUntilMs: timeMs
    .nullable()
    .meta({ description: 'Until when messages are signed with the secret before, too.' }),
  createdAtMs: timeMs,
});
export type Webhook = z.infer<typeof webhook>;

export const secret = z
  .string()
  .meta({ description: 'What messages are signed with.', example: 'whsec_…' });

export const webhookWithSecret = webhook.extend({ secret });

export const webhookAttempt = z.object({
  atMs: timeMs,
  durationMs: z.int(),
  status: z.int().nullable().meta({ description: 'The HTTP status; null when nothing answered.' }),
  error: z.string().nullable().meta({ description: 'Why nothing answered.' }),
  answer: z.string().nullable().meta({ description: 'The first 1,024 bytes of the answer.' }),
});

export const webhookDelivery = z.object({
  id: uuid,
  webhookId: uuid,
  eventId: uuid.meta({ description: 'The header webhook-id, the same at every attempt.' }),
  type: webhookType,
  state: z.enum(['pending', 'delivered', 'failed']),
  createdAtMs: timeMs,
  deliveredAtMs: timeMs.nullable(),
  nextAttemptAtMs: timeMs.nullable(),
  attempts: z.array(webhookAttempt).meta({ description: 'The last 20, newest first.' }),
});
export type WebhookDelivery = z.infer<typeof webhookDelivery>;

export const webhookDeliveryQuery = z.object({
  state: z.enum(['pending', 'delivered', 'failed']).optional(),
  type: webhookType.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
});

export const webhookDeliveryPage = z.object({
  deliveries: z.array(webhookDelivery),
  nextCursor: z.string().nullable(),
});
