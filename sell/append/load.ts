import { refuseUsage } from '../../buyer/failure.ts';
import type { Listing } from '../../contract/index.ts';
import type { SellerClient } from '../seller-client.ts';
import { appendFile } from './append-file.ts';
import { feedFolder } from './checkpoint.ts';
import { type Format, formatOf } from './format.ts';
import { filesUnder, putFiles } from './put-files.ts';

/** What came to a feed. */
export interface Loaded {
  blocks: number;
  bytes: number;
  /** Of a drive. */
  files: number;
}

export interface Loading {
  client: SellerClient;
  listing: Listing;
  /** Where the checkpoints of all feeds lie. */
  appends: string;
  signal: AbortSignal;
  /** Told how much it is so far. */
  onProgress: (loaded: Loaded) => void;
}

/** What appending to a feed takes, adding up what came to it. */
export function appendingTo({ client, listing, appends, signal, onProgress }: Loading) {
  const { slug, feed } = listing;
  if (feed.origin === 'mirrored') refuseUsage(`${slug} is written on a machine of its seller's`);
  const loaded: Loaded = { blocks: 0, bytes: 0, files: 0 };
  const add = (more: Partial<Loaded>) => {
    loaded.blocks += more.blocks ?? 0;
    loaded.bytes += more.bytes ?? 0;
    loaded.files += more.files ?? 0;
    onProgress(loaded);
  };
  const kind = feed.kind === 'hyperbee' ? 'hyperbee' : 'hypercore';
  return {
    loaded,
    blocks: {
      feed: { client, slug, kind } as const,
      folder: feedFolder(appends, feed.id),
      signal,
      onAppended: add,
    },
    files: {
      client,
      slug,
      signal,
      onPut: ({ bytes }: { bytes: number }) => add({ bytes, files: 1 }),
    },
  };
}

/** Appends what is new in files, or puts files and folders into a drive. @throws Failure */
export async function load(
  loading: Loading,
  paths: readonly string[],
  { format, anew }: { format?: Format | undefined; anew?: boolean | undefined } = {},
): Promise<Loaded> {
  const { listing } = loading;
  const to = appendingTo(loading);
  if (listing.feed.kind === 'hyperdrive') await putFiles(to.files, await filesUnder(paths));
  else {
    for (const path of paths) {
      if (loading.signal.aborted) break;
      const chosen = formatFor(listing, format ?? formatOf(path));
      await appendFile(to.blocks, path, { format: chosen, anew: anew ?? false });
    }
  }
  return to.loaded;
}

/** @throws Failure when entries of a Hyperbee are to come from anything but lines */
export function formatFor({ slug, feed }: Listing, format: Format): Format {
  if (feed.kind !== 'hyperbee' || format === 'ndjson') return format;
  return refuseUsage(
    `${slug} is a Hyperbee, which takes NDJSON`,
    'a line for each change: {"op": "put", "key": "a", "value": 1}',
  );
}
