import { z } from 'zod';
import { MESSAGE_NAME } from '../domain/message.ts';
import { hex32, json, slug, timeMs } from './primitives.ts';

export const messageName = z
  .string()
  .regex(MESSAGE_NAME, 'must be 1 to 64 letters, digits or . : / _ -')
  .meta({ description: 'What receivers choose messages by.', example: 'schema-change' });

/** A message's number at this market; it grows with each. */
export const messageSeq = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, 'must be a whole number')
  .meta({ description: 'The message’s number at this market.', example: '4211' });

export const newMessage = z.strictObject({
  to: hex32
    .optional()
    .meta({ description: 'The buyer key; left out, it goes to all that have access.' }),
  name: messageName,
  body: json,
});

export const message = z.object({
  seq: messageSeq,
  listing: slug,
  direction: z.enum(['to-buyer', 'to-seller']),
  buyerKey: hex32
    .nullable()
    .meta({ description: 'Whom it is to, or who wrote it; null: to all that have access.' }),
  name: z.string(),
  body: json,
  sentAtMs: timeMs,
  readAtMs: timeMs
    .nullable()
    .meta({ description: 'Of one to you: when you have seen it; null: not yet.' }),
});
export type Message = z.infer<typeof message>;

export const sentMessage = message.extend({
  reaches: z
    .int()
    .nullable()
    .meta({ description: 'Of one to all: how many keys have access now.' }),
});

export const messageQuery = z.object({
  listing: slug.optional(),
  buyerKey: hex32.optional().meta({ description: 'What was said with this buyer alone.' }),
  name: messageName.optional(),
  direction: z.enum(['to-buyer', 'to-seller']).optional(),
  unread: z
    .enum(['true', 'false'])
    .transform((said) => said === 'true')
    .optional()
    .meta({ description: '`true`: only what you have not seen yet.' }),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
});

export const messagePage = z.object({
  messages: z.array(message),
  nextCursor: z.string().nullable().meta({ description: 'null on the last page.' }),
});
