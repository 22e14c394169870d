import type { Card } from '../../protocol/card.ts';

/** The name that a card's market gives the listing. */
export function slugOf({ listing }: Pick<Card['dazaar'], 'listing'>): string {
  return listing.slice(listing.lastIndexOf('/') + 1);
}
