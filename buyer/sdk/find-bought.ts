import { refuseUsage } from '../failure.ts';
import type { Buyer } from './buyer.ts';
import type { Offer } from './offer.ts';
import { slugOf } from './slug-of.ts';

/**
 * What was bought before under a name: its listing's, its feed's id or its first core's key; null when nothing was.
 *
 * @throws Failure when several have it: each market gives names of its own
 */
export async function findBought(buyer: Buyer, name: string): Promise<Offer | null> {
  const offers = await buyer.bought();
  const isNamed = (offer: Offer) =>
    [slugOf(offer.card.dazaar), offer.card.dazaar.feedId, offer.card.id].includes(name);
  const [found = null, ...others] = offers.filter(isNamed);
  if (!found || others.length === 0) return found;
  const ids = [found, ...others].map(({ card }) => `${card.dazaar.feedId} (${card.dazaar.market})`);
  return refuseUsage(
    `${others.length + 1} feeds that you bought are called ${name}`,
    `say which by its id: ${ids.join(', ')}`,
  );
}
