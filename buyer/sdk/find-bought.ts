import type { Buyer } from './buyer.ts';
import type { Offer } from './offer.ts';

/** The listing's name at its market. */
export function slugOf({ card }: Pick<Offer, 'card'>): string {
  return card.dazaar.listing.split('/').at(-1) ?? card.dazaar.feedId;
}

/** What was bought before under a name: its listing's, its feed's id or its first core's key; null when nothing was. */
export async function findBought(buyer: Buyer, name: string): Promise<Offer | null> {
  const offers = await buyer.bought();
  const isNamed = (offer: Offer) =>
    [slugOf(offer), offer.card.dazaar.feedId, offer.card.id].includes(name);
  return offers.find(isNamed) ?? null;
}
