/** Why a request was not carried out. Refusals are answers, not faults; the HTTP status of each is said in one place. */
export type RefusalCode =
  | 'listing-not-found'
  | 'listing-not-for-sale'
  | 'listing-withdrawn'
  | 'plan-not-found'
  | 'plan-quantity'
  | 'slug-taken'
  | 'plan-named-twice'
  | 'currency-unsupported'
  | 'rate-stale'
  | 'listing-changed'
  | 'listing-state'
  | 'block-schema-invalid'
  | 'terms-not-found'
  | 'card-unmappable'
  | 'feed-not-ready'
  | 'batch-differs'
  | 'idempotency-key-reused'
  | 'idempotency-in-flight'
  | 'node-unreachable';

export interface Refusal {
  refused: RefusalCode;
  detail: string;
}

export function refuse(refused: RefusalCode, detail: string): Refusal {
  return { refused, detail };
}

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value;
}
