import type { z } from 'zod';
import type { saleQuery } from '../contract/sale.ts';
import type { SaleFilter } from '../flow/read-sales.ts';

/** Which sales a query asks for. */
export function asSaleFilter(
  query: Omit<z.output<typeof saleQuery>, 'limit' | 'cursor'>,
): SaleFilter {
  const { listing, plan, state, buyerKey, fromMs, toMs } = query;
  const key = buyerKey === undefined ? undefined : Uint8Array.from(Buffer.from(buyerKey, 'hex'));
  return { listingSlug: listing, planName: plan, state, buyerKey: key, fromMs, toMs };
}
