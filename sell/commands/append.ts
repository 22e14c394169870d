import type { Context } from '../../buyer/context.ts';
import { type Failure, refuseUsage } from '../../buyer/failure.ts';
import { reportFailure } from '../../buyer/terminal/report-failure.ts';
import type { Listing } from '../../contract/index.ts';
import { appendStream } from '../append/append-stream.ts';
import { FORMATS, type Format } from '../append/format.ts';
import { appendingTo, formatFor, type Loaded, type Loading, load } from '../append/load.ts';
import { watchBlocks } from '../append/watch-blocks.ts';
import { watchFiles } from '../append/watch-files.ts';
import { amountOf, LoadProgress } from '../progress.ts';
import { SellerClient } from '../seller-client.ts';
import { type TargetOptions, targetOf } from '../target.ts';
import { interrupted, untilStopped } from '../until-stopped.ts';

export interface AppendOptions extends TargetOptions {
  format?: string;
  watch?: string;
  name?: string;
  anew?: boolean;
}

/** Where the data comes from. */
type Origin = { file: string } | { folder: string } | { stream: string | undefined };

/** Appends a file, a stream or whatever comes to a folder to a listing. */
export async function append(
  context: Context,
  { slug, file }: { slug: string; file: string | undefined },
  options: AppendOptions,
): Promise<void> {
  const { console } = context;
  const origin = originOf(file, options);
  const format = formatOption(options.format);
  const target = await targetOf(context, options);
  const signal = untilStopped();
  const client = new SellerClient({
    ...target,
    signal,
    ...('folder' in origin && { patienceMs: Number.POSITIVE_INFINITY }),
    onWait: (why) => console.note(`Waiting: ${why}`),
  });
  const progress = new LoadProgress(console, slug);
  try {
    const listing = await findOwn(client, slug, target.url);
    const loading: Loading = {
      client,
      listing,
      appends: target.appends,
      signal,
      onProgress: (loaded) => progress.draw(loaded),
    };
    const loaded = await appendFrom(context, loading, origin, { format, anew: options.anew });
    progress.clear();
    tell(context, slug, loaded);
  } catch (error) {
    progress.clear();
    if (signal.aborted && 'folder' in origin) return;
    throw signal.aborted ? interrupted() : error;
  }
  if (signal.aborted && 'file' in origin) throw interrupted();
}

async function appendFrom(
  context: Context,
  loading: Loading,
  origin: Origin,
  { format, anew }: { format: Format | undefined; anew: boolean | undefined },
): Promise<Loaded> {
  if ('file' in origin) return load(loading, [origin.file], { format, anew });
  const { listing } = loading;
  const to = appendingTo(loading);
  const isDrive = listing.feed.kind === 'hyperdrive';
  if ('folder' in origin) {
    const { json } = context.console;
    const onFault = (failure: Failure) => void reportFailure(failure, json, process.stderr);
    if (isDrive) await watchFiles(to.files, origin.folder);
    else await watchBlocks(to.blocks, origin.folder, { format, onFault });
  } else {
    if (isDrive) refuseUsage(`${listing.slug} is a Hyperdrive`, 'name a file, a folder or --watch');
    const streamed = { format: formatFor(listing, format ?? 'ndjson'), name: origin.stream };
    await appendStream(to.blocks, process.stdin, streamed);
  }
  return to.loaded;
}

function originOf(file: string | undefined, { watch, name, anew }: AppendOptions): Origin {
  if (watch !== undefined) {
    if (file !== undefined || name !== undefined || anew) {
      refuseUsage('--watch DIR is instead of a file, --name and --anew');
    }
    return { folder: watch };
  }
  if (file !== undefined && file !== '-') {
    if (name !== undefined) refuseUsage('--name is of a stream, not of a file');
    return { file };
  }
  if (anew) refuseUsage('--anew is of a file');
  return { stream: name };
}

function formatOption(text: string | undefined): Format | undefined {
  const format = FORMATS.find((known) => known === text);
  if (text === undefined || format) return format;
  return refuseUsage(`--format must be one of ${FORMATS.join(', ')}`);
}

async function findOwn(client: SellerClient, slug: string, url: string): Promise<Listing> {
  const listing = await client.listing(slug);
  if (listing) return listing;
  return refuseUsage(`you have no listing "${slug}" at ${url}`);
}

function tell({ console }: Context, slug: string, loaded: Loaded): void {
  console.data({ listing: slug, ...loaded });
  console.line(`${slug}: ${amountOf(loaded)}`);
}
