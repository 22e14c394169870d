import type Hyperbee from 'hyperbee';
import type { Change } from 'hyperbee';
import type Hypercore from 'hypercore';
import type { FileValue } from 'hyperdrive';
import type { Context } from '../context.ts';
import { refuseUsage } from '../failure.ts';
import { FORMATS, type Format } from '../pull/format.ts';
import { pull } from '../pull/pull.ts';
import { StreamSink } from '../pull/stream-sink.ts';
import { contentOf } from '../reading/content.ts';
import { type OpenFeed, readFeed } from '../reading/open-feed.ts';
import { decoded, valueBytes } from '../reading/values.ts';
import { StreamWriter } from '../terminal/stream-writer.ts';

export interface TailOptions {
  last: string;
  format: string;
  follow?: boolean;
}

interface Tailing {
  last: number;
  follow: boolean;
}

/** Shows the newest blocks, or the newest changes of entries and files, and follows what comes. */
export async function tail(context: Context, name: string, options: TailOptions): Promise<void> {
  const last = countOf(options.last);
  const format = FORMATS.find((known) => known === options.format);
  if (!format) return refuseUsage(`--format must be ${FORMATS.join(' or ')}`);
  const { follow = true } = options;
  await readFeed(context, name, {
    live: follow,
    check: ({ slug, feed }) => {
      if (format === 'raw' && feed.kind !== 'hypercore' && feed.kind !== 'autobase') {
        refuseUsage(`${slug} has no raw blocks`, 'leave --format out');
      }
    },
    read: (feed) => tailContent(feed, { last, follow }, format),
  });
}

async function tailContent(feed: OpenFeed, tailing: Tailing, format: Format): Promise<void> {
  const { replica, watch, listing } = feed;
  const content = await contentOf(listing, replica, watch);
  if (content.is === 'log') {
    await watch.currentLength(content.core);
    const from = (fromBlock: number) => Math.max(fromBlock, content.core.length - tailing.last, 0);
    const range = { to: undefined, live: tailing.follow };
    const openSink = (fromBlock: number) =>
      Promise.resolve(new StreamSink(process.stdout, format, from(fromBlock)));
    await pull({ replica, log: content, watch, range, openSink });
    return;
  }
  if (content.is === 'table') {
    const tree = { core: () => content.core, bee: () => content.bee };
    return tailChanges(feed, tree, tailing, entryChange);
  }
  const tree = { core: () => replica.core, bee: () => content.drive.db };
  return tailChanges(feed, tree, tailing, fileChange);
}

interface Tree<V> {
  core(): Hypercore;
  bee(): Hyperbee<V>;
}

/** The changes of a tree, from the last ones on; each is a block, and block 0 is none. */
async function tailChanges<V>(
  { watch }: OpenFeed,
  tree: Tree<V>,
  { last, follow }: Tailing,
  lineOf: (change: Change<V>) => object,
): Promise<void> {
  const writer = new StreamWriter(process.stdout);
  let next = Math.max(1, tree.core().length - last);
  do {
    const { length } = tree.core();
    if (length > next) {
      const changes = tree.bee().createHistoryStream({ gte: next, lt: length });
      for await (const change of watch.over(changes)) {
        await writer.write(`${JSON.stringify(lineOf(change))}\n`);
      }
      next = length;
    }
    if (follow) await watch.until(() => tree.core().length > next);
  } while (follow);
  await writer.flush();
}

function entryChange({ type, seq, key, value }: Change<Buffer | null>): object {
  return { seq, type, key, ...(type === 'put' && decoded(valueBytes(value))) };
}

function fileChange({ type, seq, key, value }: Change<FileValue>): object {
  return {
    seq,
    type,
    path: pathIn(key),
    ...(value && { byteLength: value.blob?.byteLength ?? 0 }),
  };
}

// Hyperdrive keeps its files in a part of the tree of their own.
function pathIn(key: string): string {
  return key.slice(key.indexOf('\0') + 1);
}

function countOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  return refuseUsage('--last must be a number: 0, 1, 2 …');
}
