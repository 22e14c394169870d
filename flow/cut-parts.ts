import { isRefusal, type Refusal } from '../domain/refusal.ts';
import { BLOCK_HEADER_BYTES, encodeBlocks } from '../protocol/block-batch.ts';

const PART_BYTES = 1024 * 1024;
const PART_BLOCKS = 8_192;

/** Blocks as they come in, some at a time; or why there are no more. */
export type Blocks = AsyncIterable<readonly Uint8Array[] | Refusal>;

/** A row's worth of a batch. */
export interface Part {
  payload: Uint8Array<ArrayBuffer>;
  blocks: number;
  isLast: boolean;
}

/** Cuts blocks into parts of at most 1 MiB or 8,192 blocks: the same blocks give the same parts, however they come in. */
export async function* cutParts(source: Blocks): AsyncGenerator<Part | Refusal> {
  let blocks: Uint8Array[] = [];
  let bytes = 0;
  for await (const some of source) {
    if (isRefusal(some)) return yield some;
    for (const block of some) {
      const blockBytes = BLOCK_HEADER_BYTES + block.byteLength;
      const isFull = blocks.length === PART_BLOCKS || bytes + blockBytes > PART_BYTES;
      if (isFull && blocks.length > 0) {
        yield partOf(blocks, false);
        blocks = [];
        bytes = 0;
      }
      blocks.push(block);
      bytes += blockBytes;
    }
  }
  if (blocks.length > 0) yield partOf(blocks, true);
}

function partOf(blocks: readonly Uint8Array[], isLast: boolean): Part {
  return { payload: encodeBlocks(blocks), blocks: blocks.length, isLast };
}
