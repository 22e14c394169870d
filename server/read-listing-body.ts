import type { z } from 'zod';
import type { ListingChange, newListing } from '../contract/index.ts';
import type { NewPlan } from '../contract/plan.ts';
import { USUAL_EPOCH_MS } from '../domain/epoch.ts';
import type { PlanTerms } from '../domain/plan-list.ts';
import type { ListingEdit } from '../flow/change-listing.ts';
import type { FeedDraft } from '../flow/claim-cores.ts';
import type { ListingDraft } from '../flow/create-listing.ts';
import type { Prisma } from '../prisma/client/client.ts';

/** A listing as it was sent, in the words of the business. */
export function asDraft(body: z.output<typeof newListing>): ListingDraft {
  const { preview, settlement, plans, terms, sourceUrl, blockSchema, feed, ...rest } = body;
  return {
    ...rest,
    feed: asFeedDraft(feed),
    terms: terms ?? null,
    sourceUrl: sourceUrl ?? null,
    previewFrom: preview.from,
    previewBlocks: preview.blocks,
    holdsPayments: settlement === 'held',
    blockSchema: blockSchema as Prisma.InputJsonObject,
    plans: plans.map(asPlanTerms),
  };
}

export function asEdit(body: ListingChange): ListingEdit {
  const { preview, settlement, plans, blockSchema, ...rest } = body;
  return {
    ...rest,
    previewFrom: preview?.from,
    previewBlocks: preview?.blocks,
    holdsPayments: settlement && settlement === 'held',
    blockSchema: blockSchema as Prisma.InputJsonObject | undefined,
    plans: plans?.map(asPlanTerms),
  };
}

function asFeedDraft(feed: z.output<typeof newListing>['feed']): FeedDraft {
  const { kind, origin, mode, peerKey = '', cores = [] } = feed;
  const epochMs = mode === 'sealed' ? (feed.epochMs ?? USUAL_EPOCH_MS) : null;
  const base = { kind, mode, epochMs };
  return origin === 'hosted' ? { ...base, origin } : { ...base, origin, peerKey, cores };
}

function asPlanTerms(plan: NewPlan): PlanTerms {
  const { name, kind, priceMsat, price, periodMs, history, historyBlocks, tracked } = plan;
  return {
    name,
    kind,
    priceMsat: price ? null : BigInt(priceMsat),
    currency: price?.currency ?? null,
    priceMinor: price ? BigInt(price.amountMinor) : null,
    periodMs: periodMs === undefined ? null : BigInt(periodMs),
    history: history === 'from-purchase' ? 'from_purchase' : history,
    historyBlocks: historyBlocks === undefined ? null : BigInt(historyBlocks),
    maxConnections: plan.maxConnections ?? null,
    tracked,
  };
}
