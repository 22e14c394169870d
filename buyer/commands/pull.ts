import type { Context } from '../context.ts';
import { refuseUsage } from '../failure.ts';
import { untilInterrupted } from '../interruption.ts';
import { FileSink } from '../pull/file-sink.ts';
import { FORMATS, type Format } from '../pull/format.ts';
import { type PullProgress, pull as pullBlocks } from '../pull/pull.ts';
import { pullFiles } from '../pull/pull-files.ts';
import { pullTable, streamTable } from '../pull/pull-table.ts';
import { StreamSink } from '../pull/stream-sink.ts';
import { contentOf, type Files, type Log, type Table } from '../reading/content.ts';
import { type OpenFeed, readFeed } from '../reading/open-feed.ts';
import type { ReadFeed } from '../reading/read-feed.ts';
import { byteSize, count } from '../terminal/amounts.ts';
import { ProgressLine } from '../terminal/progress-line.ts';
import { StreamWriter } from '../terminal/stream-writer.ts';
import { plainLine } from '../terminal/text.ts';
import { blockNumber } from './block-number.ts';

export interface PullOptions {
  from?: string;
  to?: string;
  live?: boolean;
  out?: string;
  format: string;
  overwrite?: boolean;
  seed?: boolean;
}

interface Wanted {
  from: number | undefined;
  to: number | undefined;
  live: boolean;
  out: string | undefined;
  format: Format;
  overwrite: boolean;
  seed: boolean;
}

/** What was pulled: the members that are given depend on what the feed holds. */
interface Pulled {
  blocks?: number;
  entries?: number;
  files?: number;
  bytes?: number;
  next?: number;
  version?: number;
  skipped?: string[];
}

/** Fetches all of a feed, verified: blocks or entries to a file or the standard output, files into a directory. */
export async function pull(context: Context, name: string, options: PullOptions): Promise<void> {
  const wanted = checkOptions(options);
  let next = 0;
  let said: ReadFeed | null = null;
  let line: ProgressLine | null = null;
  try {
    const pulled = await readFeed(context, name, {
      live: wanted.live,
      passesOn: wanted.seed,
      check: (listing) => {
        checkKind(listing, wanted);
        said = listing;
        line = progressLine(context, wanted, listing);
      },
      ...(!wanted.live && { stopped: () => `stopped before block ${next}` }),
      read: async (feed) => {
        const result = await pullContent(feed, wanted, (progress) => {
          next = progress.next;
          line?.draw(progress, Date.now());
        });
        clear(line);
        tell(context, wanted, feed.listing, result);
        if (wanted.seed) await passOn(context, feed.listing);
        return result;
      },
    });
    if (!pulled) tell(context, wanted, said!, { next });
  } finally {
    clear(line);
  }
}

async function passOn({ console }: Context, { slug }: ReadFeed): Promise<void> {
  console.note(`Others fetch ${slug} from here now. Stop with Ctrl-C.`);
  await untilInterrupted();
}

type OnProgress = (progress: PullProgress) => void;

async function pullContent(
  feed: OpenFeed,
  wanted: Wanted,
  onProgress: OnProgress,
): Promise<Pulled> {
  const content = await contentOf(feed.listing, feed.replica, feed.watch);
  if (content.is === 'log') return pullLog(feed, content, wanted, onProgress);
  if (content.is === 'table') return pullEntries(feed, content, wanted, onProgress);
  return pullDrive(feed, content, wanted, onProgress);
}

async function pullLog(
  { listing, replica, watch }: OpenFeed,
  log: Log,
  wanted: Wanted,
  onProgress: OnProgress,
): Promise<Pulled> {
  const { to, live, from, out, format, overwrite } = wanted;
  let next = 0;
  const result = await pullBlocks({
    replica,
    log,
    watch,
    range: { to, live },
    openSink: (fromBlock) => {
      if (out === undefined) {
        return Promise.resolve(new StreamSink(process.stdout, format, from ?? fromBlock));
      }
      // An Autobase's views take each other's place: it is known by its bootstrap.
      const coreKey = replica.key;
      const file = { listing: listing.slug, coreKey, format, from, fromBlock, overwrite };
      return FileSink.open(out, file);
    },
    onProgress: (progress) => {
      next = progress.next;
      onProgress(progress);
    },
  });
  return { ...result, next };
}

function pullEntries(
  { listing, replica, watch }: OpenFeed,
  table: Table,
  { out, overwrite, format, from, to, live }: Wanted,
  onProgress: OnProgress,
): Promise<Pulled> {
  // Of an Autobase it turns out only here that its view is a tree.
  checkTable(listing, { format, from, to, live });
  const report = reporter(replica, onProgress);
  const pulling = { table, watch, onProgress: report };
  if (out === undefined) return streamTable(pulling, new StreamWriter(process.stdout));
  const coreKey = replica.key;
  return pullTable(pulling, out, { listing: listing.slug, coreKey, overwrite });
}

function pullDrive(
  { listing, replica, watch }: OpenFeed,
  { drive }: Files,
  { out, overwrite }: Wanted,
  onProgress: OnProgress,
): Promise<Pulled> {
  return pullFiles({
    drive,
    watch,
    directory: out!,
    listing: listing.slug,
    coreKey: replica.key,
    overwrite,
    onProgress: reporter(replica, onProgress),
  });
}

function reporter({ connected, expiresAtLocalMs }: OpenFeed['replica'], onProgress: OnProgress) {
  return (next: number, bytes: number) =>
    onProgress({ next, end: null, bytes, connected, expiresAtLocalMs });
}

function checkOptions(options: PullOptions): Wanted {
  const { live = false, out, overwrite = false, seed = false } = options;
  const from = blockNumber('--from', options.from);
  const to = blockNumber('--to', options.to);
  if (from !== undefined && to !== undefined && from > to) {
    refuseUsage(`--from ${from} is after --to ${to}`);
  }
  const format = FORMATS.find((known) => known === options.format);
  if (!format) return refuseUsage(`--format must be ${FORMATS.join(' or ')}`);
  if (overwrite && out === undefined) refuseUsage('--overwrite is for --out FILE');
  return { live, out, overwrite, from, to, format, seed };
}

function checkKind(listing: ReadFeed, wanted: Wanted): void {
  const { kind, mode } = listing.feed;
  if (wanted.seed && mode !== 'sealed') {
    const what = `what you pass on of ${listing.slug} anybody could read`;
    refuseUsage(`--seed is for sealed feeds: ${what}`);
  }
  if (kind === 'hyperdrive' || kind === 'hyperbee') checkTable(listing, wanted);
  if (kind === 'hyperdrive' && wanted.out === undefined) {
    refuseUsage(
      `${listing.slug} holds files: say with --out which directory to write them into`,
      'one file goes to the standard output with get',
    );
  }
}

type Range = Pick<Wanted, 'from' | 'to' | 'live' | 'format'>;

function checkTable({ slug }: ReadFeed, { from, to, live, format }: Range): void {
  if (from !== undefined || to !== undefined) {
    refuseUsage(`${slug} has no blocks to number`, 'ls shows a part of it');
  }
  if (live) refuseUsage(`${slug} is pulled as it is now`, 'tail follows its changes');
  if (format === 'raw') refuseUsage(`${slug} has no raw blocks`, 'leave --format out');
}

const NOUNS = {
  hypercore: 'blocks',
  autobase: 'records',
  hyperbee: 'entries',
  hyperdrive: 'files',
};

function progressLine(
  { console }: Context,
  { out }: Wanted,
  { slug, feed }: ReadFeed,
): ProgressLine | null {
  const dataOnTerminal = out === undefined && console.out.isTTY;
  if (!console.err.isTTY || dataOnTerminal || console.json) return null;
  return new ProgressLine(console.err, slug, Date.now(), NOUNS[feed.kind]);
}

// It is assigned where TypeScript does not look.
function clear(line: ProgressLine | null): void {
  line?.clear();
}

function tell(context: Context, { out }: Wanted, { slug }: ReadFeed, pulled: Pulled): void {
  const { console } = context;
  const summary = { listing: slug, ...pulled, out: out ?? null };
  // The standard output belongs to the data when it goes there.
  if (console.json && out === undefined) process.stderr.write(`${JSON.stringify(summary)}\n`);
  else console.data(summary);
  const { bytes, next, skipped = [] } = pulled;
  if (out === undefined || bytes === undefined) return;
  const [amount, noun] = amountOf(pulled);
  const what = amount === 0 ? 'Nothing new' : `${count(amount)} ${noun}, ${byteSize(bytes)}`;
  console.note(
    `${what}; ${next === undefined ? `all is in ${out}` : `${out} ends before block ${next}`}.`,
  );
  for (const path of skipped) console.note(`Left out: ${plainLine(path)}`);
}

function amountOf({ blocks, entries, files }: Pulled): [number, string] {
  if (blocks !== undefined) return [blocks, 'blocks'];
  return entries !== undefined ? [entries, 'entries'] : [files ?? 0, 'files'];
}
