import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../buyer/context.ts';
import { Failure, refuseUsage } from '../../buyer/failure.ts';
import { replaceFile } from '../../buyer/files.ts';
import { reportFailure } from '../../buyer/terminal/report-failure.ts';
import type { Listing, Market } from '../../contract/index.ts';
import { load } from '../append/load.ts';
import { lightningOf, type NodeOptions } from '../lightning-of.ts';
import { type ListOnOptions, listOn } from '../list-on/list-on.ts';
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
  listOn?: string;
  apiKey?: string;
}

/** Opens the seller's own shop, puts up what is offered, and keeps it open until it is stopped. */
export async function sell(
  context: Context,
  files: readonly string[],
  options: SellOptions,
): Promise<void> {
  const { console } = context;
  const offers = await offersOf(options, files);
  const there = marketOf(options);
  const paths = shopOf(context, options);
  const signal = untilStopped();
  const running = await runningShop(paths, options);
  if (running) {
    if (there) refuseUsage('the shop is open already', 'stop it, and open it with --list-on');
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
    if (there) await listAlso(context, { own: client, paths, there, signal, ...shop });
    else if (!signal.aborted) await once(signal, 'abort');
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    console.note('Closing the shop …');
    await shop.close();
  }
}

/** The market that lists all of it too, and the seller's key there. @throws Failure */
function marketOf({ listOn: url, apiKey = process.env.DAZAAR_API_KEY }: SellOptions) {
  if (url === undefined) return null;
  if (!URL.canParse(url)) return refuseUsage(`--list-on "${url}" is not the address of a market`);
  if (apiKey) return { url, apiKey };
  return refuseUsage(
    `no API key for ${url}`,
    'set DAZAAR_API_KEY to one, or say it with --api-key',
  );
}

async function listAlso(
  { console }: Context,
  {
    there,
    ...rest
  }: Omit<ListOnOptions, 'there' | 'onListed' | 'onFault'> & {
    there: { url: string; apiKey: string };
  },
): Promise<void> {
  await listOn({
    ...rest,
    there: new SellerClient({ ...there, signal: rest.signal }),
    onListed(slug) {
      console.data({ event: 'listed-on', listing: slug, market: there.url });
      console.line(`${slug} is listed on ${there.url} too.`);
    },
    onFault: (fault) => void reportFailure(fault, console.json, process.stderr),
  });
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
