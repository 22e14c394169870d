import type { GivenGrant, Sale } from '../contract/sale.ts';

export const SALE_COLUMNS = [
  'id',
  'createdAt',
  'state',
  'paidAt',
  'listing',
  'plan',
  'quantity',
  'buyerKey',
  'priceMsat',
  'currency',
  'priceMinor',
  'creditedMsat',
  'refundableMsat',
  'termsHash',
];

/** A sale as a line of a table: times as ISO 8601 in UTC. */
export function saleLine(sale: Sale): Record<string, unknown> {
  const { rate, createdAtMs, paidAtMs, ...fields } = sale;
  return {
    ...fields,
    currency: rate?.currency,
    priceMinor: rate?.priceMinor,
    createdAt: iso(createdAtMs),
    paidAt: iso(paidAtMs),
  };
}

export const GRANT_COLUMNS = [
  'id',
  'createdAt',
  'state',
  'listing',
  'buyerKey',
  'startsAt',
  'expiresAt',
  'leftMs',
];

/** A grant as a line of a table: an empty `expiresAt` is access without an end. */
export function grantLine(grant: GivenGrant): Record<string, unknown> {
  const { createdAtMs, startsAtMs, expiresAtMs, ...fields } = grant;
  return {
    ...fields,
    createdAt: iso(createdAtMs),
    startsAt: iso(startsAtMs),
    expiresAt: iso(expiresAtMs),
  };
}

function iso(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
