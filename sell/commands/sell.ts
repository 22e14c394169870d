import { once } from 'node:events';
import type { Context } from '../../buyer/context.ts';
import { Failure, refuseUsage } from '../../buyer/failure.ts';
import { reportFailure } from '../../buyer/terminal/report-failure.ts';
import { untilSeeded, writeCards } from '../cards.ts';
import { lightningOf, type NodeOptions } from '../lightning-of.ts';
import { type ListOnOptions, listOn } from '../list-on/list-on.ts';
import { otherDht } from '../list-on/other-dht.ts';
import { type Offer, type OfferOptions, offersOf } from '../offer.ts';
import { amountOf, LoadProgress } from '../progress.ts';
import { putUp } from '../put-up.ts';
import { SellerClient } from '../seller-client.ts';
import { openShop, type Shop } from '../shop.ts';
import { readSettings, type ShopPaths } from '../shop-files.ts';
import { shopOf, shopTarget, type TargetOptions } from '../target.ts';
import { interrupted, untilStopped } from '../until-stopped.ts';

export interface SellOptions extends OfferOptions, NodeOptions, TargetOptions {
  name?: string;
  bootstrap?: string;
  listOn?: string;
  apiKey?: string;
}

/** What it is about: the market of --list-on among it, when one is named. */
interface Selling {
  context: Context;
  paths: ShopPaths;
  offers: readonly Offer[];
  there: { url: string; apiKey: string } | null;
  signal: AbortSignal;
}

/** Opens the seller's own shop, puts up what is offered, and keeps it open until it is stopped. */
export async function sell(
  context: Context,
  files: readonly string[],
  options: SellOptions,
): Promise<void> {
  const offers = await offersOf(options, files);
  const there = marketOf(options);
  const paths = shopOf(context, options);
  const selling = { context, paths, offers, there, signal: untilStopped() };
  const running = await runningShop(selling, options);
  if (running) await sellThere(selling, running);
  else await sellHere(selling, options);
}

/** Puts up what is offered in a shop that another process has open. */
async function sellThere(selling: Selling, client: SellerClient): Promise<void> {
  const { context, paths, there, signal } = selling;
  if (there) refuseUsage('the shop is open already', 'stop it, and open it with --list-on');
  try {
    await putUpAll(selling, client);
    await writeCards(context, client, paths);
  } catch (error) {
    throw signal.aborted ? interrupted() : error;
  }
  context.console.line(
    '\nThe shop is open already, in another process: all of it is on sale there.',
  );
}

async function sellHere(selling: Selling, options: SellOptions): Promise<void> {
  const { context, paths, there, signal } = selling;
  const { console } = context;
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
    await putUpAll(selling, client);
    await tellOpen(selling, client, shop);
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
  const tell = (fault: unknown) => void reportFailure(fault, console.json, process.stderr);
  const market = new SellerClient({ ...there, signal: rest.signal });
  try {
    const [own, theirs] = await Promise.all([rest.own.market(), market.market()]);
    const fault = otherDht(own.swarm, theirs.swarm);
    if (fault) tell(fault);
  } catch {
    // A market that is away is waited for below.
  }
  await listOn({
    ...rest,
    there: market,
    onListed(slug) {
      console.data({ event: 'listed-on', listing: slug, market: there.url });
      console.line(`${slug} is listed on ${there.url} too.`);
    },
    onFault: tell,
  });
}

/** The shop in that directory, if another process has it open. */
async function runningShop(
  { paths, signal }: Selling,
  options: SellOptions,
): Promise<SellerClient | null> {
  try {
    const target = await shopTarget(paths, options);
    await new SellerClient({ ...target, patienceMs: 0 }).balance();
    return new SellerClient({ ...target, signal });
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

async function putUpAll(
  { context, paths, offers, signal }: Selling,
  client: SellerClient,
): Promise<void> {
  const { console } = context;
  for (const offer of offers) {
    const progress = new LoadProgress(console, offer.listing.slug);
    const { listing, loaded } = await putUp(offer, {
      client,
      appends: paths.appends,
      signal,
      onProgress: (sofar) => progress.draw(sofar),
    }).finally(() => progress.clear());
    console.data({ event: 'listed', listing: listing.slug, feedId: listing.feed.id, ...loaded });
    if (offer.files.length > 0) console.line(`${listing.slug}: ${amountOf(loaded)}`);
  }
}

async function tellOpen(
  { context, paths, signal }: Selling,
  client: SellerClient,
  { url, settings: { network } }: Shop,
): Promise<void> {
  const { console } = context;
  const { swarm, publicKey: marketKey } = await untilSeeded(client, signal);
  const count = await writeCards(context, client, paths);
  const bootstrap = swarm.bootstrap.map(({ host, port }) => `${host}:${port}`).join(',');
  console.data({ event: 'open', url, network, bootstrap, marketKey });
  const coins = network === 'sandbox' ? ' (sandbox Lightning: the coins are worthless)' : '';
  console.line(
    `\nThe shop is open${coins}. Buyers need a card, and reach you ${placeOf(bootstrap)}.`,
  );
  if (count === 0) console.line('Nothing is on sale yet: see dazaar sell --help.');
  console.line('Stop with Ctrl-C.');
}

const placeOf = (bootstrap: string) =>
  bootstrap === '' ? 'over the public DHT' : `over the DHT of ${bootstrap}`;
