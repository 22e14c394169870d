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
  | 'if-match-missing'
  | 'listing-state'
  | 'block-schema-invalid'
  | 'terms-not-found'
  | 'card-unmappable'
  | 'email-taken'
  | 'wrong-login'
  | 'wrong-password'
  | 'no-password'
  | 'foreign-origin'
  | 'no-wallet-login'
  | 'wallet-taken'
  | 'api-key-not-found'
  | 'api-key-ended'
  | 'api-key-expiry'
  | 'too-many-api-keys'
  | 'feed-not-ready'
  | 'batch-differs'
  | 'idempotency-key-reused'
  | 'idempotency-in-flight'
  | 'cursor-invalid'
  | 'payee-invalid'
  | 'payee-used'
  | 'balance-too-low'
  | 'payout-not-found'
  | 'order-not-found'
  | 'terms-not-accepted'
  | 'terms-changed'
  | 'trial-used'
  | 'trial-needs-key'
  | 'too-many-open-orders'
  | 'idempotency-key-weak'
  | 'claim-code-invalid'
  | 'claim-code-unknown'
  | 'claim-code-redeemed'
  | 'order-not-paid'
  | 'statement-refused'
  | 'no-live-grant'
  | 'same-key'
  | 'grant-not-found'
  | 'grant-not-live'
  | 'grant-not-revoked'
  | 'grant-over'
  | 'grant-revoked'
  | 'payment-required'
  | 'entry-not-found'
  | 'file-not-found'
  | 'not-acceptable'
  | 'range-not-satisfiable'
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
