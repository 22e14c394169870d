import type { Html } from '../../html.ts';
import { choice, type FormState } from '../../parts/form.ts';

export interface ListingOption {
  slug: string;
  title: string;
}

/** A choice among a seller's listings, or all of them. */
export function listingChoice(listings: ListingOption[], state: FormState): Html {
  const options = listings.map(({ slug, title }) => ({ value: slug, text: title }));
  return choice(
    { name: 'listing', label: 'Listing', options: [{ value: '', text: 'All' }, ...options] },
    state,
  );
}
