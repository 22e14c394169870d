import type { Router } from 'express';
import { dayRange } from '../../../domain/day-range.ts';
import { nowMs } from '../../../flow/clock.ts';
import * as analytics from '../../../flow/read-analytics.ts';
import { type Matter, readAttention } from '../../../flow/read-attention.ts';
import { readFirstSteps } from '../../../flow/read-first-steps.ts';
import { readBalance } from '../../../flow/read-payouts.ts';
import { readSales } from '../../../flow/read-sales.ts';
import type { Attention } from '../../../web/pages/desk/attention.ts';
import { overviewPage, PERIODS } from '../../../web/pages/desk/overview.ts';
import { presentRevenue } from '../../present/analytics.ts';
import { presentSale } from '../../present/sale.ts';
import type { PageDeps } from '../deps.ts';
import { pageRouter } from '../page-router.ts';

const USUAL_DAYS = 30;
const NEWEST = 8;
const DAY_MS = 24 * 60 * 60 * 1000;

export function overviewPages(deps: PageDeps): Router {
  const { prisma } = deps;
  const pages = pageRouter(deps);

  pages.seller.get('/desk', async ({ sellerId, query, viewer }) => {
    const days = PERIODS.find((each) => `${each}` === query.days) ?? USUAL_DAYS;
    const scope = { sellerId, listingSlug: undefined, range: await lastDays(days) };
    const [revenue, funnel, grants, balance, newest, matters, steps] = await Promise.all([
      analytics.readRevenue(prisma, scope),
      analytics.readFunnel(prisma, scope),
      analytics.readGrantHistory(prisma, scope),
      readBalance(prisma, sellerId),
      readSales(prisma, sellerId, {}, { limit: NEWEST }),
      readAttention(prisma, sellerId),
      readFirstSteps(prisma, sellerId),
    ]);
    return overviewPage({
      name: viewer.account?.name ?? 'Overview',
      days,
      revenue: presentRevenue(scope.range, revenue),
      funnel: { ...scope.range, days: funnel },
      grants: { ...scope.range, days: grants },
      availableMsat: balance.availableMsat.toString(),
      newest: newest.sales.map(presentSale),
      attention: matters.map(presentMatter),
      steps,
    });
  });

  async function lastDays(days: number) {
    const now = await nowMs(prisma);
    const from = new Date(now - (days - 1) * DAY_MS).toISOString().slice(0, 10);
    const range = dayRange(from, undefined, now);
    if (!range) throw new Error(`${days} days are no range`);
    return range;
  }

  return pages.router;
}

function presentMatter(matter: Matter): Attention {
  if (matter.kind !== 'key-ends') return matter;
  const { kind, label, expiresAt } = matter;
  return { kind, label, expiresAtMs: expiresAt.getTime() };
}
