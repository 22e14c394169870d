import { type Refusal, refuse } from '../domain/refusal.ts';
import { propertyOf, type Row, sheetOf, timeOf } from '../web/pages/shelf/columns.ts';
import type { Trouble } from './own-feed.ts';

/** A feed of 2^40 blocks is longer than any. */
const MAX_READS = 42;

type Read = (index: number) => Promise<{ rows: Row[]; length: number } | Trouble>;

/**
 * The first block at a time or later, by binary search over the column that says when a block was: some dozen reads of
 * one block, however long the feed. Past the last block it is that one.
 *
 * @param read reads one block; -1 is the last one
 * @param fromBlock the first that may be read
 */
export async function findBlockAt(
  read: Read,
  atMs: number,
  schema: unknown,
  fromBlock = 0,
): Promise<{ index: number } | Trouble | Refusal> {
  const last = await read(-1);
  if ('trouble' in last) return last;
  const { timeName } = sheetOf(last.rows, schema);
  if (timeName === null) return refuse('range-invalid', 'The blocks do not say when they were.');
  let low = Math.min(fromBlock, Math.max(last.length - 1, 0));
  let high = last.length - 1;
  for (let reads = 0; low < high && reads < MAX_READS; reads += 1) {
    const middle = Math.floor((low + high) / 2);
    const page = await read(middle);
    if ('trouble' in page) return page;
    const ms = timeOf(propertyOf(page.rows[0]?.value, timeName));
    if (ms === null) {
      return refuse(
        'range-invalid',
        `Block ${middle} does not say when it was: no time can be found.`,
      );
    }
    if (ms < atMs) low = middle + 1;
    else high = middle;
  }
  return { index: low };
}
