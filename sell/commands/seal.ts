import type { Context } from '../../buyer/context.ts';
import { EXIT } from '../../buyer/exit-codes.ts';
import { Failure, refuseUsage } from '../../buyer/failure.ts';
import { duration, localTime } from '../../buyer/terminal/amounts.ts';
import { table } from '../../buyer/terminal/table.ts';
import type { FeedState } from '../../contract/index.ts';
import { WriterSeal } from '../../protocol/writer-seal.ts';
import { horizonMs, openTimes } from '../seal/horizon.ts';
import { makeRoot, readRoot } from '../seal/root-file.ts';
import { SellerClient } from '../seller-client.ts';
import { type TargetOptions, targetOf } from '../target.ts';
import { durationOfText, timeOfText } from '../time-text.ts';

export interface HandOverOptions extends TargetOptions {
  root: string;
  name?: string;
  from?: string;
  until: string;
}
export interface ShowOptions extends TargetOptions {
  within: string;
}

type SealedFeed = FeedState & { seal: NonNullable<FeedState['seal']> };

/** Makes the root secret of sealed feeds that are written on a machine of the seller's. */
export async function root({ console }: Context, file: string): Promise<void> {
  await makeRoot(file);
  console.data({ root: file });
  console.line(`The root is in ${file}. Whoever has it opens all that is sealed with it:`);
  console.line('keep a copy somewhere safe, and give it to nobody, no market either.');
}

/** Hands over to a market what opens a range of time, and no other. */
export async function handOver(
  context: Context,
  slug: string,
  options: HandOverOptions,
): Promise<void> {
  const client = new SellerClient(await targetOf(context, options));
  const secret = await readRoot(options.root);
  const { seal: before } = await ownSeal(client, slug);
  const { epochMs } = before;
  const untilMs = timeOfText('--until', options.until, 'ahead');
  const fromMs = fromOption(options, before);
  if (untilMs <= fromMs) refuseUsage('--until is not after --from');
  const writer = new WriterSeal({ root: secret, name: options.name ?? slug, epochMs });
  const { seal } = await client.handOverSeeds(slug, [writer.seedsFor(fromMs, untilMs)]);
  context.console.data({ listing: slug, epochMs, opens: openTimes(seal!) });
  for (const times of openTimes(seal!)) context.console.line(`${slug}: ${opensText(times)}`);
}

/** Tells what a market can open of one sealed feed, or of all, and until when. @throws Failure when that ends soon */
export async function show(
  context: Context,
  slug: string | undefined,
  options: ShowOptions,
): Promise<void> {
  const { console } = context;
  const withinMs = durationOfText('--within', options.within);
  const client = new SellerClient(await targetOf(context, options));
  const feeds = slug === undefined ? await ownSeals(client) : [await ownSeal(client, slug)];
  const nowMs = Date.now();
  const standing = feeds.map((feed) => standingOf(feed, nowMs));
  for (const each of standing) console.data(each);
  const columns = [
    { title: 'LISTING' },
    { title: 'NEW KEY EVERY' },
    { title: 'OPENS FROM' },
    { title: 'UNTIL' },
    { title: 'LEFT' },
  ];
  if (feeds.length === 0) console.line('You seal no feed that the market opens for you.');
  else console.line(table(columns, standing.flatMap(rowsOf), console.width, console.style.bold));
  for (const { listing, isWrong, leftMs } of standing) {
    if (isWrong) throw wrongSeeds(listing);
    if (leftMs < withinMs) throw endsSoon(listing, leftMs);
  }
}

async function ownSeal(client: SellerClient, slug: string): Promise<SealedFeed> {
  const { seal, ...feed } = await client.feedState(slug);
  if (seal === null) return refuseUsage(`${slug} is not sealed`);
  if (feed.origin === 'hosted') return refuseUsage(`${slug} is sealed by the market itself`);
  return { ...feed, seal };
}

async function ownSeals(client: SellerClient): Promise<SealedFeed[]> {
  const onSale = await client.listingsOnSale();
  const own = onSale.filter(({ feed }) => feed.mode === 'sealed' && feed.origin === 'mirrored');
  return Promise.all(own.map(({ slug }) => ownSeal(client, slug)));
}

/** From what was handed over first on, so that a longer range takes the place of a shorter one. */
function fromOption({ from }: HandOverOptions, seal: SealedFeed['seal']): number {
  if (from !== undefined) return timeOfText('--from', from, 'ago');
  const [first] = openTimes(seal);
  return first?.fromMs ?? Date.now();
}

function standingOf({ listing, source, seal }: SealedFeed, nowMs: number) {
  const untilMs = horizonMs(seal, nowMs);
  return {
    listing,
    epochMs: seal.epochMs,
    opens: openTimes(seal),
    leftMs: untilMs === null ? 0 : untilMs - nowMs,
    isWrong: source?.fault === 'wrong_seeds',
  };
}

function rowsOf({ listing, epochMs, opens, leftMs }: ReturnType<typeof standingOf>): string[][] {
  const [first = { fromMs: null, untilMs: null }, ...more] = opens;
  const row = (...cells: string[]) => cells;
  return [
    row(listing, duration(epochMs), ...span(first), leftMs > 0 ? duration(leftMs) : 'over'),
    ...more.map((times) => row('', '', ...span(times), '')),
  ];
}

const span = ({ fromMs, untilMs }: { fromMs: number | null; untilMs: number | null }) =>
  [fromMs, untilMs].map((ms) => (ms === null ? 'nothing' : localTime(ms)));

const opensText = ({ fromMs, untilMs }: { fromMs: number; untilMs: number }) =>
  `the market opens what is sealed from ${localTime(fromMs)} until ${localTime(untilMs)}`;

const again = (slug: string) => `dazaar seal hand-over ${slug} --root FILE --until 30d`;

const endsSoon = (slug: string, leftMs: number) =>
  new Failure(
    EXIT.market,
    'keys-end',
    leftMs > 0
      ? `the keys of ${slug} that the market has end in ${duration(leftMs)}`
      : `the market has no keys of ${slug} as it is sealed now: buyers cannot read it`,
    `hand over more with ${again(slug)}`,
  );

const wrongSeeds = (slug: string) =>
  new Failure(
    EXIT.market,
    'seeds-wrong',
    `what was handed over does not open the newest block of ${slug}: it follows from another root, or --name`,
    `hand over the right seeds with ${again(slug)}`,
  );
