import type { Range } from 'hyperbee';
import type { FileEntry } from 'hyperdrive';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, refuseUsage } from '../failure.ts';
import { contentOf, type Files, type Table } from '../reading/content.ts';
import { type OpenFeed, readFeed } from '../reading/open-feed.ts';
import { entryOf, valueBytes } from '../reading/values.ts';
import { byteSize } from '../terminal/amounts.ts';
import { StreamWriter } from '../terminal/stream-writer.ts';
import { plainLine } from '../terminal/text.ts';

/** Comes behind any character of a key. */
const LAST = '\u{10ffff}';
const SIZE_WIDTH = 8;

export interface LsOptions {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
  prefix?: string;
  reverse?: boolean;
  limit?: string;
  recursive?: boolean;
}

/** Lists a drive's files or a tree's entries; nothing is fetched but what that takes. */
export async function ls(
  context: Context,
  name: string,
  folder: string | undefined,
  options: LsOptions,
): Promise<void> {
  const limit = limitOf(options.limit);
  const range = rangeOf(options);
  await readFeed(context, name, {
    check: ({ slug, feed }) => {
      if (feed.kind === 'hypercore') throw noList(slug);
      const isDrive = feed.kind === 'hyperdrive';
      if (!isDrive && folder !== undefined) refuseUsage(`${slug} has no folders`, 'use --prefix');
      if (!isDrive && options.recursive) refuseUsage(`${slug} has no folders`);
      if (isDrive && Object.keys(range).length > 0) {
        refuseUsage(`${slug} holds files`, 'name a folder instead of a range');
      }
    },
    stopped: () => 'stopped before the end of the list',
    read: async (feed) => {
      const content = await contentOf(feed.listing, feed.replica, feed.watch);
      if (content.is === 'log') throw noList(feed.listing.slug);
      const lines =
        content.is === 'table'
          ? entryLines(context, feed, content, { ...range, reverse: options.reverse ?? false })
          : fileLines(context, feed, content, folder ?? '/', options.recursive ?? false);
      await writeLines(lines, limit);
    },
  });
}

async function writeLines(lines: AsyncIterable<string>, limit: number): Promise<void> {
  const writer = new StreamWriter(process.stdout);
  let count = 0;
  for await (const line of lines) {
    if (count++ === limit) break;
    await writer.write(`${line}\n`);
  }
  await writer.flush();
}

async function* entryLines(
  { console }: Context,
  { watch }: OpenFeed,
  { bee, core }: Table,
  { reverse, ...range }: Range,
): AsyncGenerator<string> {
  const tree = bee.checkout(core.length);
  try {
    for await (const entry of watch.over(
      tree.createReadStream(range, { reverse: reverse ?? false }),
    )) {
      const { key } = entry;
      const line = JSON.stringify(entryOf(entry));
      yield console.json
        ? line
        : `${plainLine(key)}\t${plainLine(textOf(valueBytes(entry.value)))}`;
    }
  } finally {
    await tree.close();
  }
}

// A value that is no text at all is told by its size.
function textOf(value: Buffer): string {
  const text = value.toString('utf8');
  return text.includes('\ufffd') ? `(${byteSize(value.byteLength)})` : text;
}

async function* fileLines(
  { console }: Context,
  { watch }: OpenFeed,
  { drive }: Files,
  folder: string,
  isRecursive: boolean,
): AsyncGenerator<string> {
  const root = `/${folder.split('/').filter(Boolean).join('/')}`;
  const prefix = root === '/' ? '/' : `${root}/`;
  let found = 0;
  for await (const item of isRecursive
    ? filesBelow(watch, drive, prefix)
    : itemsIn(watch, drive, prefix)) {
    found += 1;
    if (console.json) yield JSON.stringify(item);
    else yield `${sizeText(item.byteLength)}  ${plainLine(item.path)}`;
  }
  if (found > 0 || root === '/') return;
  const file = await watch.of(drive.entry(root));
  if (!file) throw notFound(root);
  const item = itemOf(file);
  yield console.json ? JSON.stringify(item) : `${sizeText(item.byteLength)}  ${plainLine(root)}`;
}

interface Item {
  path: string;
  /** null: a folder. */
  byteLength: number | null;
}

async function* filesBelow(
  watch: OpenFeed['watch'],
  drive: Files['drive'],
  prefix: string,
): AsyncGenerator<Item> {
  const range = { gte: prefix, lt: prefix + LAST };
  for await (const entry of watch.over(drive.entries(range))) yield itemOf(entry);
}

/** What lies directly in a folder: of a folder that is met, the rest is jumped over. */
async function* itemsIn(
  watch: OpenFeed['watch'],
  drive: Files['drive'],
  prefix: string,
): AsyncGenerator<Item> {
  for (let from = prefix; ; ) {
    const range = { gte: from, lt: prefix + LAST, limit: 1 };
    let entry: FileEntry | null = null;
    for await (const each of watch.over(drive.entries(range))) entry = each;
    if (!entry) return;
    const rest = entry.key.slice(prefix.length);
    const slash = rest.indexOf('/');
    const path = slash === -1 ? entry.key : `${prefix}${rest.slice(0, slash)}/`;
    yield slash === -1 ? itemOf(entry) : { path, byteLength: null };
    from = slash === -1 ? `${entry.key}\0` : path + LAST;
  }
}

function itemOf({ key, value }: FileEntry): Item {
  return { path: key, byteLength: value.blob?.byteLength ?? 0 };
}

function sizeText(byteLength: number | null): string {
  return (byteLength === null ? '-' : byteSize(byteLength)).padStart(SIZE_WIDTH);
}

function rangeOf({ gt, gte, lt, lte, prefix }: LsOptions): Range {
  if (prefix !== undefined && (gt ?? gte ?? lt ?? lte) !== undefined) {
    refuseUsage('--prefix goes without --gt, --gte, --lt and --lte');
  }
  if (prefix !== undefined) return { gte: prefix, lt: prefix + LAST };
  return {
    ...(gt !== undefined && { gt }),
    ...(gte !== undefined && { gte }),
    ...(lt !== undefined && { lt }),
    ...(lte !== undefined && { lte }),
  };
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  return refuseUsage('--limit must be a number from 1 on');
}

const notFound = (path: string) =>
  new Failure(
    EXIT.usage,
    'not-found',
    `there is no ${plainLine(path)}`,
    'ls without it shows what there is',
  );

const noList = (slug: string) =>
  new Failure(
    EXIT.usage,
    'no-list',
    `${slug} is a log of blocks: there is nothing to list`,
    'tail shows the newest, pull fetches them',
  );
