import { type Refusal, refuse } from '../../domain/refusal.ts';
import { BLOCK_HEADER_BYTES } from '../../protocol/block-batch.ts';
import { MAX_BLOCK_BYTES } from './well-formed.ts';

const EMPTY: Buffer = Buffer.alloc(0);

/** The blocks of a body, each behind its length in bytes as uint32 big endian; a refusal names the block, from 0. */
export async function* framedBlocks(
  body: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer[] | Refusal> {
  let rest = EMPTY;
  let number = 0;
  for await (const chunk of body) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const blocks: Buffer[] = [];
    let start = 0;
    while (start + BLOCK_HEADER_BYTES <= bytes.length) {
      const length = bytes.readUInt32BE(start);
      const refusal = check(length, number);
      if (refusal) {
        yield blocks;
        return yield refusal;
      }
      const end = start + BLOCK_HEADER_BYTES + length;
      if (end > bytes.length) break;
      blocks.push(bytes.subarray(start + BLOCK_HEADER_BYTES, end));
      number += 1;
      start = end;
    }
    rest = bytes.subarray(start);
    yield blocks;
  }
  if (rest.length > 0) yield refuse('block-invalid', `The body ends within block ${number}.`);
}

function check(length: number, number: number): Refusal | null {
  if (length === 0) return refuse('block-invalid', `Block ${number} is empty.`);
  if (length <= MAX_BLOCK_BYTES) return null;
  return refuse('block-too-large', `Block ${number} is larger than 1 MiB.`);
}
