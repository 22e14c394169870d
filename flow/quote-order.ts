import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';
import { type QuotedPlan, quotePlan } from './quote-plan.ts';
import type { ListingRow } from './read-listings.ts';

export interface OrderQuote extends QuotedPlan {
  nowMs: number;
}

/** What so much of a plan of a listing would cost if it were ordered now, and why it could not be. */
export async function quoteOrder(
  prisma: PrismaClient,
  { slug, state, feed, plans }: ListingRow,
  planName: string,
  quantity: number,
): Promise<OrderQuote | Refusal> {
  if (state === 'withdrawn' || !feed || feed.cores.length === 0) {
    return refuse('listing-not-for-sale', `"${slug}" is not for sale.`);
  }
  const plan = plans.find(({ name }) => name === planName);
  if (!plan) return refuse('plan-not-found', `"${slug}" does not sell "${planName}" any more.`);
  const now = await nowMs(prisma);
  const quoted = await quotePlan(prisma, plan, quantity, now);
  return isRefusal(quoted) ? quoted : { ...quoted, nowMs: now };
}
