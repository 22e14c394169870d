import { z } from 'zod';

const MESSAGE = 'the header Idempotency-Key needs 8 to 200 printable characters';

/** The header Idempotency-Key: a fresh random value for each thing to be made, the same one when a request is repeated. */
export const idempotencyKey = z
  .string(`the header Idempotency-Key is missing: ${MESSAGE}`)
  .regex(/^[\x21-\x7e]{8,200}$/, MESSAGE);
