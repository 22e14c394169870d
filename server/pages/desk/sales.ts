import type { Router } from 'express';
import { z } from 'zod';
import { orderState } from '../../../contract/order.ts';
import { hex32, slug } from '../../../contract/primitives.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { nowMs } from '../../../flow/clock.ts';
import { readGivenGrant } from '../../../flow/read-given-grants.ts';
import { readListingNames } from '../../../flow/read-listing-names.ts';
import { readRefunds } from '../../../flow/read-payouts.ts';
import { exportSales, readSale, readSales } from '../../../flow/read-sales.ts';
import { SENT } from '../../../http/operate.ts';
import { salePage } from '../../../web/pages/desk/sale.ts';
import { salesPage } from '../../../web/pages/desk/sales.ts';
import type { FormState } from '../../../web/parts/form.ts';
import { toCursor } from '../../cursor.ts';
import { presentPayout } from '../../present/payout.ts';
import { presentGivenGrant, presentSale, presentSaleDetail } from '../../present/sale.ts';
import { asSaleFilter } from '../../read-sale-query.ts';
import { sendSales } from '../../sale-csv.ts';
import type { PageDeps } from '../deps.ts';
import { readForm } from '../form.ts';
import { pageRouter } from '../page-router.ts';
import { afterOf, asked, idIn } from './asked.ts';

const PAGE = 25;
const DAY_MS = 24 * 60 * 60 * 1000;

export function salePages(deps: PageDeps): Router {
  const { prisma } = deps;
  const pages = pageRouter(deps);

  pages.seller.get('/desk/sales', async ({ sellerId, query }) => {
    const values = asked(query);
    const after = afterOf(values);
    if (typeof after === 'object') return after;
    const listings = await readListingNames(prisma, sellerId);
    const read = readSearch(values);
    if ('faults' in read) return salesPage({ sales: [], nextCursor: null, listings, search: read });
    const { sales, next } = await readSales(prisma, sellerId, read.data, { limit: PAGE, after });
    return salesPage({
      sales: sales.map(presentSale),
      nextCursor: next && toCursor(next),
      listings,
      search: { values, faults: {} },
    });
  });

  pages.seller.get('/desk/sales.csv', async ({ sellerId, query, res }) => {
    const read = readSearch(asked(query));
    if ('faults' in read) return null;
    await sendSales(res, exportSales(prisma, sellerId, read.data, undefined));
    return SENT;
  });

  pages.seller.get('/desk/sales/:id', async ({ sellerId, params }) => {
    const id = idIn(params);
    const found = id && (await readSale(prisma, sellerId, id));
    if (!found) return null;
    const refunds = await readRefunds(prisma, found.sale.id);
    return salePage({
      sale: presentSaleDetail(found),
      grant: found.grant && (await grantOf(sellerId, found.grant.id)),
      refunds: refunds.map(presentPayout),
      nowMs: await nowMs(prisma),
    });
  });

  async function grantOf(sellerId: string, id: string) {
    const given = await readGivenGrant(prisma, sellerId, id);
    return isRefusal(given) ? null : presentGivenGrant(given.grant, given.nowMs);
  }

  return pages.router;
}

const search = z.object({
  listing: slug.optional(),
  state: orderState.optional(),
  buyerKey: hex32.optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});

function readSearch(values: Record<string, string>) {
  const read = readForm(search, values, values);
  if ('faults' in read) return read satisfies FormState;
  const { from, to, ...filter } = read.data;
  const fromMs = from === undefined ? undefined : Date.parse(from);
  const toMs = to === undefined ? undefined : Date.parse(to) + DAY_MS;
  return { data: asSaleFilter({ ...filter, fromMs, toMs }) };
}
