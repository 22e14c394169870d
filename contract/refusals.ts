import type { RefusalCode } from '../domain/refusal.ts';

/** The HTTP status that each refusal of the business is answered with. */
export const STATUS_OF: Record<RefusalCode, number> = {
  'listing-not-found': 404,
  'listing-not-for-sale': 409,
  'listing-withdrawn': 409,
  'plan-not-found': 404,
  'plan-quantity': 422,
  'slug-taken': 409,
  'plan-named-twice': 422,
  'currency-unsupported': 422,
  'rate-stale': 503,
  'listing-changed': 412,
  'listing-state': 409,
  'block-schema-invalid': 422,
  'terms-not-found': 404,
  'card-unmappable': 422,
  'feed-not-ready': 503,
  'batch-differs': 422,
  'idempotency-key-reused': 422,
  'idempotency-in-flight': 409,
  'node-unreachable': 503,
};
