import { z } from 'zod';

/** The Protomux protocol name that buyers and seeders speak beside Hypercore's own. */
export const PROTOCOL = 'dazaar/2';

/** The largest message either side accepts, in bytes; a larger one closes the channel. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

/** Seeder to buyer: your key may replicate this feed until then (null: no end), by the market's clock. */
export const valid = z.object({
  feedId: z.uuid(),
  cores: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(64),
  expiresAtMs: z.int().nullable(),
  nowMs: z.int(),
});
export type Valid = z.infer<typeof valid>;

/** Seeder to buyer: your key may not, or no longer, replicate this feed. */
export const invalid = z.object({
  feedId: z.uuid(),
  reason: z.enum(['expired', 'revoked', 'no-grant']),
});
export type Invalid = z.infer<typeof invalid>;

/** Buyer to seeder: tell me how I stand with this feed; answered by `valid` or `invalid`. */
export const subscribe = z.object({ feedId: z.uuid() });
export type Subscribe = z.infer<typeof subscribe>;
