import { isRefusal, refuse } from '../../domain/refusal.ts';
import { quoteOrder } from '../../flow/quote-order.ts';
import { readListingOfFeed } from '../../flow/read-listings.ts';
import type { Quote } from '../../protocol/messages.ts';
import type { Asked, Outcome } from './answer.ts';
import type { DeskDeps } from './deps.ts';

/** What so much of a plan costs at this moment. */
export async function answerQuote(
  { prisma, trialWorkBits }: DeskDeps,
  { feedId, plan, quantity }: Asked<'quote'>,
): Promise<Outcome> {
  const row = await readListingOfFeed(prisma, feedId);
  if (!row) return refuse('listing-not-found', 'No listing sells this feed.');
  const quoted = await quoteOrder(prisma, row, plan, quantity);
  if (isRefusal(quoted)) return quoted;
  const { priceMsat, durationMs, nowMs } = quoted;
  return {
    feedId,
    plan,
    quantity,
    priceMsat: priceMsat.toString(),
    durationMs,
    ...(row.plans.some(({ name, kind }) => name === plan && kind === 'trial') && {
      workBits: trialWorkBits,
    }),
    termsHash: row.termsHash && Buffer.from(row.termsHash).toString('hex'),
    nowMs,
  } satisfies Quote;
}
