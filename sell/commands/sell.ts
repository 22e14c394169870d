import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../buyer/context.ts';
import { Failure } from '../../buyer/failure.ts';
import { replaceFile } from '../../buyer/files.ts';
import type { Listing, Market } from '../../contract/index.ts';
import { load } from '../append/load.ts';
import { lightningOf, type NodeOptions } from '../lightning-of.ts';
import { type Offer, type OfferOptions, offersOf } from '../offer.ts';
import { amountOf, LoadProgress } from '../progress.ts';
import { publish, writeListing } from '../put-up.ts';
import { SellerClient } from '../seller-client.ts';
import { openShop, type Shop } from '../shop.ts';
import { readSettings, type ShopPaths } from '../shop-files.ts';
import { shopOf, shopTarget, type TargetOptions } from '../target.ts';
import { untilStopped } from '../until-stopped.ts';

const POLL_MS = 100;

export interface SellOptions extends OfferOptions, NodeOptions, TargetOptions {
  name?: string;
  bootstrap?: string;
}

/** Opens the seller's own shop, puts up what is offered, and keeps it open until it is stopped. */
export async function sell(
  context: Context,
  files: readonly string[],
  options: SellOptions,
): Promise<void> {
  const { console } = context;
  const offers = await offersOf(options, files);
  const paths = shopOf(context, options);
  const signal = untilStopped();
  const running = await runningShop(paths, options);
  if (running) {
    await putUpAll(context, running, paths, offers);
    console.line('The shop is open already, in another process; all of it is on sale there.');
    return;
  }
  const kept = await readSettings(paths);
  const lightning = await lightningOf(options, process.env, kept);
  console.note(`Opening the shop in ${paths.dir} …`);
  const shop = await openShop({
    paths,
    lightning,
    seller: { name: options.name },
    bootstrap: options.bootstrap || process.env.DHT_BOOTSTRAP || kept?.bootstrap || null,
    env: process.env,
    onRestart: (program, why) =>
      process.stderr.write(
        `dazaar: ${program} ended (${why}), and is started again; see ${paths.log}\n`,
      ),
  });
  try {
    const client = new SellerClient({ ...shop, signal });
    await putUpAll(context, client, paths, offers);
    await tellOpen(context, client, shop, paths);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    console.note('Closing the shop …');
    await shop.close();
  }
}

/** The shop in that directory, if another process has it open. */
async function runningShop(paths: ShopPaths, options: SellOptions): Promise<SellerClient | null> {
  try {
    const target = await shopTarget(paths, options);
    await new SellerClient({ ...target, patienceMs: 0 }).balance();
    return new SellerClient(target);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

async function putUpAll(
  context: Context,
  client: SellerClient,
  paths: ShopPaths,
  offers: readonly Offer[],
): Promise<void> {
  for (const offer of offers) await putUp(context, client, paths, offer);
}

/** On sale last: whoever buys finds the data there. */
async function putUp(
  { console }: Context,
  client: SellerClient,
  paths: ShopPaths,
  offer: Offer,
): Promise<void> {
  const listing = await writeListing(client, offer);
  const progress = new LoadProgress(console, listing.slug);
  const loaded = await load(
    {
      client,
      listing,
      appends: paths.appends,
      signal: new AbortController().signal,
      onProgress: (sofar) => progress.draw(sofar),
    },
    offer.files,
  ).finally(() => progress.clear());
  await publish(client, listing);
  console.data({ event: 'listed', listing: listing.slug, feedId: listing.feed.id, ...loaded });
  if (offer.files.length > 0) console.line(`${listing.slug}: ${amountOf(loaded)}`);
}

async function tellOpen(
  { console }: Context,
  client: SellerClient,
  { url, settings: { network } }: Shop,
  paths: ShopPaths,
): Promise<void> {
  const market = await marketWithSeeder(client);
  const bootstrap = market.swarm.bootstrap.map(({ host, port }) => `${host}:${port}`).join(',');
  const listings = await client.listingsOnSale();
  for (const listing of listings) {
    const card = await writeCard(client, paths, listing);
    const key = listing.feed.cores[0]?.key ?? null;
    console.data({ event: 'card', listing: listing.slug, key, card });
    console.line(console.style.bold(listing.slug));
    console.line(`  key   ${key}`);
    console.line(`  card  ${card}`);
  }
  console.data({ event: 'open', url, network, bootstrap, marketKey: market.publicKey });
  const coins = network === 'sandbox' ? ' (sandbox Lightning: the coins are worthless)' : '';
  console.line(
    `\nThe shop is open${coins}. Buyers need a card, and reach you ${placeOf(bootstrap)}.`,
  );
  if (listings.length === 0) console.line('Nothing is on sale yet: see dazaar sell --help.');
  console.line('Stop with Ctrl-C.');
}

const placeOf = (bootstrap: string) =>
  bootstrap === '' ? 'over the public DHT' : `over the DHT of ${bootstrap}`;

/** A card names the seeders that are up. */
async function marketWithSeeder(client: SellerClient): Promise<Market> {
  for (;;) {
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
