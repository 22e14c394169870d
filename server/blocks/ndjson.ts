import { type Refusal, refuse } from '../../domain/refusal.ts';
import { Remainder } from './remainder.ts';
import { isJson, MAX_BLOCK_BYTES } from './well-formed.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const EMPTY: Buffer = Buffer.alloc(0);

/** The lines of a body, each a JSON value in UTF-8 of at most 1 MiB; a refusal names the line, counted from 1. */
export async function* ndjsonBlocks(
  body: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer[] | Refusal> {
  const rest = new Remainder();
  let number = 0;
  for await (const chunk of body) {
    const blocks: Buffer[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      number += 1;
      const block = lineOf(rest.take(chunk.subarray(start, end)));
      const refusal = check(block, number);
      if (refusal) {
        yield blocks;
        return yield refusal;
      }
      if (block.length > 0) blocks.push(block);
      start = end + 1;
    }
    rest.add(chunk.subarray(start));
    yield blocks;
    if (rest.length > MAX_BLOCK_BYTES + 1) return yield tooLarge(number + 1);
  }
  const block = lineOf(rest.take(EMPTY));
  yield check(block, number + 1) ?? (block.length > 0 ? [block] : []);
}

function lineOf(bytes: Buffer): Buffer {
  return bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes;
}

function check(block: Buffer, number: number): Refusal | null {
  if (block.length === 0) return null;
  if (block.length > MAX_BLOCK_BYTES) return tooLarge(number);
  if (isJson(block)) return null;
  return refuse('block-invalid', `Line ${number} is not a JSON value in UTF-8.`);
}

function tooLarge(number: number): Refusal {
  return refuse('block-too-large', `Line ${number} is larger than 1 MiB.`);
}
