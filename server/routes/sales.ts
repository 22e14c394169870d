import { Router } from 'express';
import * as operations from '../../contract/operations/sales.ts';
import { isRefusal, type Refusal, refuse } from '../../domain/refusal.ts';
import { extendGrant, restoreGrant, revokeGrant } from '../../flow/amend-grants.ts';
import { readBuyers } from '../../flow/read-buyers.ts';
import {
  exportGivenGrants,
  readGivenGrant,
  readGivenGrants,
} from '../../flow/read-given-grants.ts';
import { exportSales, readSale, readSales } from '../../flow/read-sales.ts';
import { operate, SENT } from '../../http/operate.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import type { ServerDeps } from '../deps.ts';
import {
  presentBuyer,
  presentGivenGrant,
  presentGrantLog,
  presentSale,
  presentSaleDetail,
} from '../present/sale.ts';
import { asSaleFilter } from '../read-sale-query.ts';
import { sendGrants, sendSales } from '../sale-csv.ts';
import { wantsCsv } from '../send-csv.ts';

export function saleRoutes(deps: ServerDeps): Router {
  const router = Router();
  const { prisma, authenticate } = deps;

  operate(router, operations.listSales, authenticate, async ({ caller, query, req, res }) => {
    const after = afterOf(query.cursor);
    if (after === null) return noCursor();
    const { sellerId } = caller;
    const filter = asSaleFilter(query);
    if (wantsCsv(req)) {
      await sendSales(res, exportSales(prisma, sellerId, filter, after));
      return SENT;
    }
    const page = await readSales(prisma, sellerId, filter, { limit: query.limit, after });
    return { orders: page.sales.map(presentSale), nextCursor: page.next && toCursor(page.next) };
  });

  operate(router, operations.readSale, authenticate, async ({ caller, params }) => {
    const found = await readSale(prisma, caller.sellerId, params.id);
    return found ? presentSaleDetail(found) : refuse('order-not-found', 'You have no such order.');
  });

  operate(router, operations.listGivenGrants, authenticate, async ({ caller, query, req, res }) => {
    const after = afterOf(query.cursor);
    if (after === null) return noCursor();
    const { sellerId } = caller;
    const filter = { listingSlug: query.listing, state: query.state };
    if (wantsCsv(req)) {
      await sendGrants(res, exportGivenGrants(prisma, sellerId, filter, after));
      return SENT;
    }
    const page = await readGivenGrants(prisma, sellerId, filter, { limit: query.limit, after });
    return {
      grants: page.grants.map((grant) => presentGivenGrant(grant, page.nowMs)),
      nextCursor: page.next && toCursor(page.next),
      nowMs: page.nowMs,
    };
  });

  operate(router, operations.readGivenGrant, authenticate, async ({ caller, params }) => {
    const found = await readGivenGrant(prisma, caller.sellerId, params.id);
    if (isRefusal(found)) return found;
    return { ...presentGivenGrant(found.grant, found.nowMs), log: found.log.map(presentGrantLog) };
  });

  operate(router, operations.listBuyers, authenticate, async ({ caller, params, query }) => {
    const after = afterOf(query.cursor);
    if (after === null) return noCursor();
    const { limit } = query;
    const page = await readBuyers(prisma, caller.sellerId, params.slug, { limit, after });
    if (isRefusal(page)) return page;
    return {
      buyers: page.buyers.map((buyer) => presentBuyer(buyer, page.nowMs)),
      nextCursor: page.next && toCursor(page.next),
      nowMs: page.nowMs,
    };
  });

  operate(router, operations.revokeGrant, authenticate, async ({ caller, params, body }) => {
    const own = { sellerId: caller.sellerId, grantId: params.id, reason: body.reason };
    return presentAmended(own, await revokeGrant(deps, own));
  });

  operate(router, operations.restoreGrant, authenticate, async ({ caller, params, body }) => {
    const own = { sellerId: caller.sellerId, grantId: params.id, reason: body.reason };
    return presentAmended(own, await restoreGrant(deps, own));
  });

  operate(router, operations.extendGrant, authenticate, async ({ caller, params, ...call }) => {
    const { durationMs, reason } = call.body;
    const own = { sellerId: caller.sellerId, grantId: params.id, reason };
    return presentAmended(own, await extendGrant(deps, own, durationMs, call.idempotency));
  });

  async function presentAmended(own: { sellerId: string; grantId: string }, amended: object) {
    if (isRefusal(amended)) return amended;
    const found = await readGivenGrant(prisma, own.sellerId, own.grantId);
    return isRefusal(found) ? found : presentGivenGrant(found.grant, found.nowMs);
  }

  return router;
}

function afterOf(cursor: string | undefined): string | undefined | null {
  return cursor === undefined ? undefined : fromCursor(cursor);
}

function noCursor(): Refusal {
  return refuse('cursor-invalid', 'The cursor is none that a page of these gave.');
}
