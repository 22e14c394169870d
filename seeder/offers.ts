import { describeInclusion } from '../flow/describe-inclusion.ts';
import { type EstimatedPlan, estimatePlans } from '../flow/estimate-plans.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import type { PlanOffer } from '../protocol/messages.ts';
import type { Feeds } from './feeds.ts';

/** What access to the feeds of this seeder costs, as it was read last: whoever is turned away is told how to get in. */
export class Offers {
  readonly #prisma: PrismaClient;
  readonly #feeds: Pick<Feeds, 'ids'>;
  #plans: ReadonlyMap<string, PlanOffer[]> = new Map();

  constructor(prisma: PrismaClient, feeds: Pick<Feeds, 'ids'>) {
    this.#prisma = prisma;
    this.#feeds = feeds;
  }

  /** The plans on sale; null when there is none, or none was read yet. */
  plansOf(feedId: string): PlanOffer[] | null {
    return this.#plans.get(feedId) ?? null;
  }

  /** Reads the plans of all feeds that are served. */
  async step(): Promise<void> {
    const listings = await this.#prisma.listing.findMany({
      where: { feed: { id: { in: this.#feeds.ids } }, state: { in: ['live', 'unlisted'] } },
      select: {
        feed: { select: { id: true } },
        plans: { where: { retiredAt: null }, orderBy: [{ position: 'asc' }, { name: 'asc' }] },
      },
    });
    const estimated = await estimatePlans(this.#prisma, listings);
    this.#plans = new Map(estimated.map(({ feed, plans }) => [feed!.id, plans.map(presentPlan)]));
  }
}

function presentPlan(plan: EstimatedPlan): PlanOffer {
  const { name, kind, priceMsat, currency, priceMinor, periodMs, estimate } = plan;
  return {
    name,
    kind,
    priceMsat: (priceMsat ?? estimate?.priceMsat)?.toString() ?? null,
    price:
      currency !== null && priceMinor !== null
        ? { currency, amountMinor: Number(priceMinor) }
        : null,
    periodMs: periodMs === null ? null : Number(periodMs),
    ...describeInclusion(plan),
  };
}
