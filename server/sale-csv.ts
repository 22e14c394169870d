import type { Response } from 'express';
import type { GivenGrant, Sale } from '../contract/sale.ts';
import type { exportGivenGrants } from '../flow/read-given-grants.ts';
import type { SaleRow } from '../flow/read-sales.ts';
import { presentGivenGrant, presentSale } from './present/sale.ts';
import { sendCsv } from './send-csv.ts';

const SALE_COLUMNS = [
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

/** Sends sales as a table to keep. */
export function sendSales(res: Response, sales: AsyncIterable<SaleRow>): Promise<void> {
  const rows = lines(sales, (row) => saleLine(presentSale(row)));
  return sendCsv(res, 'orders.csv', SALE_COLUMNS, rows);
}

/** Sends grants as a table to keep. */
export function sendGrants(
  res: Response,
  grants: ReturnType<typeof exportGivenGrants>,
): Promise<void> {
  const rows = lines(grants, ({ grant, nowMs }) => grantLine(presentGivenGrant(grant, nowMs)));
  return sendCsv(res, 'grants.csv', GRANT_COLUMNS, rows);
}

async function* lines<T>(rows: AsyncIterable<T>, line: (row: T) => Record<string, unknown>) {
  for await (const row of rows) yield line(row);
}

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

const GRANT_COLUMNS = [
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
