import { Router } from 'express';
import * as operations from '../../contract/operations/analytics.ts';
import { dayRange } from '../../domain/day-range.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { nowMs } from '../../flow/clock.ts';
import * as analytics from '../../flow/read-analytics.ts';
import { operate } from '../../http/operate.ts';
import type { ServerDeps } from '../deps.ts';
import { presentRevenue, presentUsage } from '../present/analytics.ts';

interface Query {
  listing?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export function analyticsRoutes({ prisma, authenticate }: ServerDeps): Router {
  const router = Router();

  operate(router, operations.readFunnel, authenticate, async ({ caller, query }) => {
    const scope = await scopeOf(caller.sellerId, query);
    if (isRefusal(scope)) return scope;
    return { ...scope.range, days: await analytics.readFunnel(prisma, scope) };
  });

  operate(router, operations.readRevenue, authenticate, async ({ caller, query }) => {
    const scope = await scopeOf(caller.sellerId, query);
    if (isRefusal(scope)) return scope;
    return presentRevenue(scope.range, await analytics.readRevenue(prisma, scope));
  });

  operate(router, operations.readGrantHistory, authenticate, async ({ caller, query }) => {
    const scope = await scopeOf(caller.sellerId, query);
    if (isRefusal(scope)) return scope;
    return { ...scope.range, days: await analytics.readGrantHistory(prisma, scope) };
  });

  operate(router, operations.readUsage, authenticate, async ({ caller, query }) => {
    const scope = await scopeOf(caller.sellerId, query);
    if (isRefusal(scope)) return scope;
    return presentUsage(scope.range, await analytics.readUsage(prisma, scope));
  });

  async function scopeOf(sellerId: string, { listing, from, to }: Query) {
    const range = dayRange(from, to, await nowMs(prisma));
    if (!range) return refuse('range-invalid', 'A range has 1 to 366 days, the first one first.');
    return { sellerId, listingSlug: listing, range };
  }

  return router;
}
