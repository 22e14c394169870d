import type Hypercore from 'hypercore';

const BATCH_BYTES = 256 * 1024;
const BATCH_BLOCKS = 256;
const GET_TIMEOUT_MS = 10_000;

/**
 * Reads blocks in batches of about 256 KiB: each is as many as the ones before it let expect, and at most twice as many
 * as the last, so that large blocks are met in small numbers.
 *
 * @param raw as they are sealed
 * @throws when a block is not there and does not come
 */
export async function* readBlocks(
  core: Hypercore,
  start: number,
  end: number,
  raw = false,
): AsyncGenerator<Buffer[], void, void> {
  let count = 1;
  for (let at = start; at < end; ) {
    const indexes = Array.from({ length: Math.min(count, end - at) }, (_, i) => at + i);
    const blocks = await Promise.all(indexes.map((index) => readBlock(core, index, raw)));
    at += blocks.length;
    yield blocks;
    const average = blocks.reduce((sum, block) => sum + block.byteLength, 1) / blocks.length;
    count = Math.max(1, Math.min(2 * count, BATCH_BLOCKS, Math.floor(BATCH_BYTES / average)));
  }
}

/** @throws when the block is not there and does not come */
export async function readBlock(core: Hypercore, index: number, raw = false): Promise<Buffer> {
  const block = await core.get(index, { timeout: GET_TIMEOUT_MS, raw });
  if (!block) throw new Error(`block ${index} is not there`);
  return block;
}
