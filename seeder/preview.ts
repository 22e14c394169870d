import type Hypercore from 'hypercore';
import { isTooDeep } from '../http/json-limits.ts';
import type { PreviewFrom } from '../prisma/client/client.ts';
import type { Feed } from './feeds.ts';
import { treeOf } from './view-tree.ts';

const MAX_BYTES = 256 * 1024;
// Blocks of a copy that are not here yet are not waited for.
const READ_WITHIN_MS = 1_000;
// Postgres keeps neither of them in JSON: the character 0, and halves of surrogate pairs.
const UNSTORABLE = /\\u(0000|d[89ab]..)/i;

/** How much of a feed anybody may see, and from which end. */
export interface PreviewSetting {
  from: PreviewFrom;
  count: number;
}

/** One of: a block by `index`, an entry by `key`, a file by `path`; what is no JSON is in `base64`. */
export interface PreviewItem {
  index?: number;
  key?: string;
  path?: string;
  value?: unknown;
  base64?: string;
}

/** The first or last of a feed, in its order: as many as set, and no more than 256 KiB of JSON. */
export async function takePreview(
  feed: Feed,
  { from, count }: PreviewSetting,
): Promise<PreviewItem[]> {
  const items: PreviewItem[] = [];
  let bytes = 0;
  for await (const item of itemsFrom(feed, from, count)) {
    bytes += Buffer.byteLength(JSON.stringify(item));
    if (bytes > MAX_BYTES) break;
    items.push(item);
  }
  return from === 'first' ? items : items.reverse();
}

// From the end that matters, so that whatever exceeds the bound is what is furthest from it.
function itemsFrom(feed: Feed, from: PreviewFrom, count: number): AsyncIterable<PreviewItem> {
  const range = { reverse: from === 'last', limit: count };
  switch (feed.kind) {
    case 'hypercore':
      return blocks(feed.core, from, count);
    case 'hyperbee':
      return entries(feed.bee.createReadStream(range, { timeout: READ_WITHIN_MS }));
    case 'autobase':
      return shown(feed.view!, from, count);
    case 'hyperdrive':
      return files(feed.drive.entries(range, { timeout: READ_WITHIN_MS }));
  }
}

/** The core whose end a preview goes by; null when there is nothing to see yet. */
export function shownCore(feed: Feed): Hypercore | null {
  return feed.kind === 'autobase' ? feed.view : feed.core;
}

async function* shown(view: Hypercore, from: PreviewFrom, count: number) {
  const bee = await treeOf(view);
  if (!bee) return yield* blocks(view, from, count);
  const range = { reverse: from === 'last', limit: count };
  for await (const { key, value } of bee.createReadStream(range, { timeout: READ_WITHIN_MS })) {
    // A Hyperbee stores null as no value at all.
    yield { key, ...decoded(value ?? Buffer.from('null')) };
  }
}

async function* blocks(
  core: Hypercore,
  from: PreviewFrom,
  count: number,
): AsyncGenerator<PreviewItem> {
  const length = core.contiguousLength;
  for (let i = 0; i < Math.min(count, length); i++) {
    const index = from === 'first' ? i : length - 1 - i;
    const block = await core.get(index, { timeout: READ_WITHIN_MS });
    if (!block || block.byteLength > MAX_BYTES) return;
    yield { index, ...decoded(block) };
  }
}

async function* entries(
  stream: AsyncIterable<{ key: string; value: unknown }>,
): AsyncGenerator<PreviewItem> {
  for await (const { key, value } of stream) {
    yield { key, ...decoded(Buffer.from(JSON.stringify(value))) };
  }
}

async function* files(
  stream: AsyncIterable<{ key: string; value: { blob: { byteLength: number } | null } }>,
): AsyncGenerator<PreviewItem> {
  for await (const { key: path, value } of stream) {
    yield { path, value: { byteLength: value.blob?.byteLength ?? 0 } };
  }
}

function decoded(bytes: Buffer): Pick<PreviewItem, 'value' | 'base64'> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (!isTooDeep(value) && !UNSTORABLE.test(JSON.stringify(value))) return { value };
  } catch {
    // It is no JSON, which is as good.
  }
  return { base64: bytes.toString('base64') };
}
