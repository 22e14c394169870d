import { z } from 'zod';
import { idempotencyKey } from '../idempotency.ts';
import type { Content, Operation } from '../operation.ts';

const idempotencyHeader = idempotencyKey.meta({
  description:
    'A fresh random value for each thing to be made. Whoever repeats the request with the same value within 24 hours gets the same thing again.',
  example: '5f0c2d6e8a1b4c7d',
});

/** The parameters of an operation, by where they stand. */
export function parametersOf(operation: Operation): Record<string, z.ZodObject> {
  const { params, query, headers, idempotency } = operation;
  const key = idempotency === 'optional' ? idempotencyHeader.optional() : idempotencyHeader;
  const header = z.object({ ...headers?.shape, ...(idempotency && { 'Idempotency-Key': key }) });
  return {
    ...(params && { path: params }),
    ...(query && { query }),
    ...((headers || idempotency) && { header }),
  };
}

/** What an operation reads from the body; undefined when it reads none. */
export function requestBodyOf({ body, upload }: Operation): object | undefined {
  if (body) {
    const required = !body.safeParse({}).success;
    return { required, content: { 'application/json': { schema: body } } };
  }
  return upload && { required: true, content: contentOf(upload) };
}

/** Media types with their schemas; what is read as it comes has none but for its type. */
export function contentOf(content: Content): Record<string, object> {
  return Object.fromEntries(
    Object.entries(content).map(([mediaType, shape]) => [mediaType, mediaOf(mediaType, shape)]),
  );
}

const LINES = new Set(['application/x-ndjson', 'text/event-stream', 'text/csv']);

function mediaOf(mediaType: string, shape: Content[string]): object {
  if (shape === 'binary') return { schema: { type: 'string', format: 'binary' } };
  if (shape === 'text') return { schema: { type: 'string' } };
  if (!LINES.has(mediaType)) return { schema: shape };
  const schema = { description: 'Lines or events, each one an `x-item`.' };
  return { schema, 'x-item': itemSchema(shape) };
}

// OpenAPI 3.1 has no word for the lines of a body. What contains itself is cut: definitions have no place in an extension.
function itemSchema(shape: z.ZodType): object {
  const { $schema: _, $defs: __, ...schema } = z.toJSONSchema(shape, { unrepresentable: 'any' });
  return JSON.parse(JSON.stringify(schema, (key, value) => (key === '$ref' ? undefined : value)));
}
