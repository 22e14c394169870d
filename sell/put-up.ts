import { EXIT } from '../buyer/exit-codes.ts';
import { Failure } from '../buyer/failure.ts';
import type { Listing, ListingChange } from '../contract/index.ts';
import { csvSchema } from './append/csv-schema.ts';
import { formatOf } from './append/format.ts';
import { type Loaded, type Loading, load } from './append/load.ts';
import { type Offer, wholeListing } from './offer.ts';
import type { SellerClient } from './seller-client.ts';

export type PutUpOptions = Omit<Loading, 'listing'>;

/** Puts an offer on sale, last of all: whoever buys finds the data there. Safe to repeat. @throws Failure */
export async function putUp(
  offer: Offer,
  options: PutUpOptions,
): Promise<{ listing: Listing; loaded: Loaded }> {
  const { client, signal } = options;
  const listing = await writeListing(client, offer);
  const loaded = await load({ ...options, listing }, offer.files);
  signal.throwIfAborted();
  // What its seller has taken off the lists stays off.
  if (listing.state === 'draft') await client.publish(listing.slug);
  return { listing, loaded };
}

/** Writes the listing as a draft, or changes the one of that name to what is said. */
async function writeListing(client: SellerClient, offer: Offer): Promise<Listing> {
  const known = await client.listing(offer.listing.slug);
  if (!known) return client.createListing(wholeListing(await withSchema(offer)));
  const { slug, feed, ...change } = offer.listing;
  if (known.state === 'withdrawn') {
    const message = `${slug} was withdrawn, which is for good`;
    throw new Failure(EXIT.usage, 'withdrawn', message, 'sell it under another --slug');
  }
  if (feed?.kind !== undefined && feed.kind !== known.feed.kind) {
    throw new Failure(EXIT.usage, 'other-kind', `${slug} is a ${known.feed.kind}, and stays one`);
  }
  if (feed?.mode !== undefined && feed.mode !== known.feed.mode) {
    throw new Failure(EXIT.usage, 'other-mode', `${slug} is ${known.feed.mode}, and stays so`);
  }
  if (Object.keys(change).length === 0) return known;
  return client.changeListing(slug, change as ListingChange);
}

/** What the columns of a CSV file hold is seen in the file, unless it was said. */
async function withSchema(offer: Offer): Promise<Offer> {
  const { listing, files } = offer;
  const csv = files.find((file) => formatOf(file) === 'csv');
  if (listing.blockSchema || csv === undefined) return offer;
  return { ...offer, listing: { ...listing, blockSchema: await csvSchema(csv) } };
}
