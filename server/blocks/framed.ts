import { type Refusal, refuse } from '../../domain/refusal.ts';
import { BLOCK_HEADER_BYTES } from '../../protocol/block-batch.ts';
import { Remainder } from './remainder.ts';
import { MAX_BLOCK_BYTES } from './well-formed.ts';

/** The blocks of a body, each behind its length in bytes as uint32 big endian; a refusal names the block, from 0. */
export async function* framedBlocks(
  body: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer[] | Refusal> {
  const rest = new Remainder();
  let needed = BLOCK_HEADER_BYTES;
  let number = 0;
  for await (const chunk of body) {
    if (rest.length + chunk.length < needed) {
      rest.add(chunk);
      continue;
    }
    const bytes = rest.take(chunk);
    needed = BLOCK_HEADER_BYTES;
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
      if (end > bytes.length) {
        needed = end - start;
        break;
      }
      blocks.push(bytes.subarray(start + BLOCK_HEADER_BYTES, end));
      number += 1;
      start = end;
    }
    rest.add(bytes.subarray(start));
    yield blocks;
  }
  if (rest.length > 0) yield refuse('block-invalid', `The body ends within block ${number}.`);
}

function check(length: number, number: number): Refusal | null {
  if (length === 0) return refuse('block-invalid', `Block ${number} is empty.`);
  if (length <= MAX_BLOCK_BYTES) return null;
  return refuse('block-too-large', `Block ${number} is larger than 1 MiB.`);
}
