import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../buyer/context.ts';
import { replaceFile } from '../buyer/files.ts';
import type { Listing, Market } from '../contract/index.ts';
import type { SellerClient } from './seller-client.ts';
import type { ShopPaths } from './shop-files.ts';

const POLL_MS = 100;

/** Writes the cards of all that a shop has on sale into its directory, and tells where. @returns how many */
export async function writeCards(
  { console }: Context,
  client: SellerClient,
  paths: ShopPaths,
): Promise<number> {
  const listings = await client.listingsOnSale();
  for (const listing of listings) {
    const card = await writeCard(client, paths, listing);
    const key = listing.feed.cores[0]?.key ?? null;
    console.data({ event: 'card', listing: listing.slug, key, card });
    console.line(console.style.bold(listing.slug));
    console.line(`  key   ${key}`);
    console.line(`  card  ${card}`);
  }
  return listings.length;
}

/** What a shop says of itself once its seeder is up, which its cards name. */
export async function untilSeeded(client: SellerClient, signal: AbortSignal): Promise<Market> {
  for (;;) {
    signal.throwIfAborted();
    const market = await client.market();
    if (market.swarm.seeders.length > 0) return market;
    await sleep(POLL_MS);
  }
}

async function writeCard(
  client: SellerClient,
  paths: ShopPaths,
  { slug }: Listing,
): Promise<string> {
  const path = join(paths.cards, `${slug}.json`);
  await replaceFile(path, `${JSON.stringify(await client.card(slug), null, 2)}\n`);
  return path;
}
