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
    await create(seller, dataset.listing);
    const held = await fill(seller, dataset);
    await seller.publish(dataset.listing.slug);
    options.log(`listed ${dataset.listing.slug} (${held})`);
  }
}

/** @returns what the feed holds then, in words */
async function fill(seller: SellerClient, dataset: Dataset): Promise<string> {
  const { slug } = dataset.listing;
  if (dataset.files) {
    const files = dataset.files();
    for (const file of files) await seller.putFile(slug, file);
    return `${files.length} files`;
  }
  if (dataset.entries) {
    const entries = dataset.entries();
    await seller.putEntries(slug, 'seed', entries);
    return `${entries.length} entries`;
  }
  return `${await append(seller, dataset)} blocks`;
}

async function append(seller: SellerClient, { listing, blocks }: Dataset): Promise<number> {
  let count = 0;
  let number = 0;
  for (const ndjson of batchesOf(blocks())) {
    const { blocks: appended } = await seller.appendBlocks(listing.slug, `seed-${number}`, ndjson);
    count += appended;
    number += 1;
  }
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
