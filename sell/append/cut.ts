import type { Format } from './format.ts';

/** A batch is sent in one request, and held in memory until it is answered. */
export const MAX_BATCH_BYTES = 1024 * 1024;
const MAX_BATCH_LINES = 8_000;

const LINE_FEED = 0x0a;
const QUOTE = 0x22;

/** A single block is more than a batch, and than the market takes. */
export class BlockTooLarge extends Error {}

/**
 * How many of the bytes make up the next batch: whole lines, rows or blocks; 0 when none is whole yet.
 *
 * @param bytes of a source from the end of a batch on, no more than {@link MAX_BATCH_BYTES}
 * @param isEnd whether nothing comes after them: what is not ended ends there
 * @throws {BlockTooLarge} when one block alone is more than a batch
 */
export function cut(bytes: Buffer, format: Format, isEnd: boolean): number {
  const length = lengthOf(bytes, format, isEnd);
  if (length > 0 || bytes.length < MAX_BATCH_BYTES) return length;
  throw new BlockTooLarge('a block has more than 1 MiB');
}

/** Where the header row of CSV ends; 0 when it has not ended yet. */
export const headerEnd = (bytes: Buffer): number => linesOf(bytes, 'csv', 1).end;

function lengthOf(bytes: Buffer, format: Format, isEnd: boolean): number {
  if (format === 'raw') return bytes.length;
  if (format === 'json') return isEnd ? bytes.length : 0;
  const { end, count } = linesOf(bytes, format, MAX_BATCH_LINES);
  return isEnd && count < MAX_BATCH_LINES ? bytes.length : end;
}

/** The first lines, at most so many: how many, and where the last of them ends. A row of CSV has line feeds in quotes. */
function linesOf(bytes: Buffer, format: 'ndjson' | 'csv', max: number) {
  let end = 0;
  let count = 0;
  let isQuoted = false;
  for (let at = 0; at < bytes.length && count < max; at++) {
    if (format === 'csv' && bytes[at] === QUOTE) isQuoted = !isQuoted;
    if (bytes[at] !== LINE_FEED || isQuoted) continue;
    end = at + 1;
    count += 1;
  }
  return { end, count };
}
