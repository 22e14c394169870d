import type { z } from 'zod';
import { type CardImport, type ForeignCard, newListing } from '../contract/index.ts';
import { planOf } from '../domain/card-payment.ts';
import type { PlanPrice } from '../domain/plan-list.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { slugOf } from '../domain/slug.ts';
import { verifyCard } from '../protocol/card.ts';

type NewListing = z.output<typeof newListing>;

/** The listing that a card describes, as its seller would have written it; or all that stands in the way. */
export function listingOfCard({ card, slug, licence, feed }: CardImport): NewListing | Refusal {
  const { dazaar = {} } = card;
  if (dazaar.signature !== undefined && !verifyCard(card)) {
    return unmappable('its signature does not fit it; leave it out when you have changed the card');
  }
  const plans = plansOf(card);
  if (isRefusal(plans)) return plans;
  const parsed = newListing.safeParse({
    slug: slug ?? slugOf(card.name ?? ''),
    title: card.name,
    description: card.description ?? '',
    tags: dazaar.tags ?? [],
    licence: licence ?? dazaar.licence,
    terms: textOf(dazaar.terms),
    sourceUrl: dazaar.sourceUrl ?? undefined,
    feed: feed ?? feedOf(dazaar),
    preview: dazaar.preview ?? {},
    blockSchema: dazaar.blockSchema ?? {},
    plans,
  });
  return parsed.success ? parsed.data : unmappable(...parsed.error.issues.map(faultOf));
}

function feedOf({ kind = 'hypercore', mode = 'open', epochMs }: Record<string, unknown>): object {
  return { kind, mode, ...(mode === 'sealed' && { epochMs }) };
}

function plansOf(card: ForeignCard): object[] | Refusal {
  const entries = [card.payment ?? []].flat();
  // In Dazaar 1 a card without payments is free.
  if (entries.length === 0) return [{ name: 'free', kind: 'free' }];
  const plans = entries.map((entry, i) => planOf(entry, card.dazaar?.plans?.[i]));
  const faults = plans.flatMap((plan, i) =>
    typeof plan === 'string' ? `payment/${i}: ${plan}` : [],
  );
  if (faults.length > 0) return unmappable(...faults);
  return plans
    .filter((plan) => typeof plan !== 'string')
    .map((plan, i) => ({ ...asNewPlan(plan), ...inclusionOf(card.dazaar?.includes?.[i]) }));
}

function asNewPlan({ name, kind, priceMsat, currency, priceMinor, periodMs }: PlanPrice): object {
  return {
    name,
    kind,
    ...(priceMsat !== null && { priceMsat: priceMsat.toString() }),
    ...(currency !== null && { price: { currency, amountMinor: Number(priceMinor) } }),
    ...(periodMs !== null && { periodMs: Number(periodMs) }),
  };
}

function inclusionOf(includes: Record<string, unknown> = {}): object {
  const { history, historyBlocks, maxConnections, tracked } = includes;
  const said = Object.entries({ history, historyBlocks, maxConnections, tracked });
  return Object.fromEntries(said.filter(([, value]) => value !== undefined && value !== null));
}

function textOf(terms: unknown): unknown {
  if (typeof terms !== 'object' || terms === null) return undefined;
  return 'text' in terms ? terms.text : undefined;
}

function faultOf({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('/')}: ${message}`;
}

function unmappable(...faults: string[]): Refusal {
  return refuse('card-unmappable', `The card makes no listing: ${faults.join('; ')}.`);
}
