import type { Idempotency } from '../../../domain/idempotency.ts';
import { formToken, sameForm } from '../form-token.ts';
import type { SellerVisit } from '../page-router.ts';

/** Has a form of a seller's that is sent twice do its work once, as an Idempotency-Key does. */
export function onceOf(
  operation: string,
  { sellerId, form, params, req }: SellerVisit,
): Idempotency {
  const { csrf: _, token: __, ...said } = req.body;
  return sameForm(`${operation}:${sellerId}`, formToken(form), [params, said]);
}
