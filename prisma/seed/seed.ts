import { batchesOf } from './batches.ts';
import { catalogue } from './catalogue.ts';
import type { Dataset } from './dataset.ts';
import { SellerClient, SellerRefusal } from './seller-client.ts';

export interface SeedOptions {
  /** Where the market's REST API listens. */
  baseUrl: string;
  /** A seller's key, `dzr_…`. */
  apiKey: string;
  /** Told one line a listing that is put up; nothing for what was there. */
  log: (line: string) => void;
  /** What to put up: the whole catalogue unless told otherwise. */
  datasets?: readonly Dataset[];
}

/**
 * Puts the catalogue on sale as a seller would, over the REST API. Safe at every start and after being killed in
 * the middle: a listing is published last, and every step before can be repeated.
 *
 * @throws SellerRefusal when the market refuses, Error when it does not answer for a minute.
 */
export async function seedCatalogue(options: SeedOptions): Promise<void> {
  const seller = new SellerClient(options);
  for (const dataset of options.datasets ?? catalogue) {
    if (await seller.isPublished(dataset.listing.slug)) continue;
    const blocks = await putUp(seller, dataset);
    options.log(`listed ${dataset.listing.slug} (${blocks} blocks)`);
  }
}

async function putUp(seller: SellerClient, { listing, blocks }: Dataset): Promise<number> {
  await create(seller, listing);
  let count = 0;
  let number = 0;
  for (const ndjson of batchesOf(blocks())) {
    const { blocks: appended } = await seller.appendBlocks(listing.slug, `seed-${number}`, ndjson);
    count += appended;
    number += 1;
  }
  await seller.publish(listing.slug);
  return count;
}

// A market without exchange rates sells the same for msat only.
async function create(seller: SellerClient, listing: Dataset['listing']): Promise<void> {
  try {
    await seller.createListing(listing);
  } catch (error) {
    if (!(error instanceof SellerRefusal) || error.code !== 'currency-unsupported') throw error;
    const plans = listing.plans.filter(({ price }) => price === undefined);
    await seller.createListing({ ...listing, plans });
  }
}
