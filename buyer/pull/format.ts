import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

const NEWLINE = Buffer.from('\n');

export const FORMATS = ['ndjson', 'raw'] as const;
export type Format = (typeof FORMATS)[number];

/** Blocks as bytes of the output: a line each, or one after the other as they are. @throws Failure */
export function formatBlocks(blocks: readonly Buffer[], format: Format, firstIndex: number) {
  if (format === 'raw') return Buffer.concat(blocks);
  const lines = blocks.flatMap((block, i) => [oneLine(block, firstIndex + i), NEWLINE]);
  return Buffer.concat(lines);
}

// A block is kept as its seller wrote it, unless it would break into several lines.
function oneLine(block: Buffer, index: number): Buffer {
  if (!block.includes(NEWLINE)) return block;
  try {
    return Buffer.from(JSON.stringify(JSON.parse(block.toString('utf8'))));
  } catch {
    throw new Failure(
      EXIT.fault,
      'not-json',
      `block ${index} is not JSON, so it cannot be one line`,
      'use --format raw',
    );
  }
}
