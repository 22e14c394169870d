import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Feed, Listing, Plan } from '../prisma/client/client.ts';
import type { Tx } from './deps.ts';

/** What is bought: a plan in force of a listing that is on sale. */
export interface Sale {
  listing: Listing;
  plan: Plan;
  feed: Feed;
  /** How many blocks it has, as was recorded last; 0 of a Hyperdrive. */
  length: bigint;
}

export async function findSale(
  tx: Tx,
  listingSlug: string,
  planName: string,
): Promise<Sale | Refusal> {
  const found = await tx.listing.findUnique({
    where: { slug: listingSlug },
    include: { feed: { include: { cores: true } }, plans: { where: { retiredAt: null } } },
  });
  if (!found || found.state === 'draft') {
    return refuse('listing-not-found', `There is no listing "${listingSlug}".`);
  }
  const { feed, plans, ...listing } = found;
  if (listing.state === 'withdrawn' || !feed || feed.cores.length === 0) {
    return refuse('listing-not-for-sale', `"${listingSlug}" is not for sale.`);
  }
  const plan = plans.find(({ name }) => name === planName);
  const length = feed.cores.find(({ role }) => role === 'data')?.length ?? 0n;
  if (plan) return { listing, plan, feed, length };
  const names = plans.map(({ name }) => name).join(', ');
  return refuse('plan-not-found', `"${listingSlug}" has no plan "${planName}", but: ${names}.`);
}
