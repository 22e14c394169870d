import { stringify } from 'csv-stringify/sync';
import { encodeBlocks } from '../../protocol/block-batch.ts';

/** Blocks that cannot be written in the format that was asked for. */
export class Unwritable extends Error {}

/** How blocks are written into a body. */
export interface BlockFormat {
  mediaType: string;
  /** What the body begins with. */
  head: Uint8Array;
  /** @throws {Unwritable} */
  write(blocks: readonly Buffer[]): Uint8Array;
}

const NOTHING = Buffer.alloc(0);
const NEWLINE = 0x0a;
const utf8 = new TextDecoder('utf-8', { fatal: true });

const ndjson: BlockFormat = {
  mediaType: 'application/x-ndjson',
  head: NOTHING,
  write: (blocks) => Buffer.concat(blocks.flatMap((block) => [lineOf(block), LINE_END])),
};

const LINE_END = Buffer.from('\n');

const binary: BlockFormat = {
  mediaType: 'application/vnd.dazaar.blocks',
  head: NOTHING,
  write: encodeBlocks,
};

/** The media types that blocks can be had in; the one for whoever does not care first. */
export const BLOCK_TYPES = ['application/x-ndjson', 'application/vnd.dazaar.blocks', 'text/csv'];

/**
 * How blocks are written as one of {@link BLOCK_TYPES}.
 *
 * @param blockSchema the JSON Schema that declares the columns of CSV
 * @returns null when it declares none
 */
export function formatOf(mediaType: string, blockSchema: unknown): BlockFormat | null {
  if (mediaType === ndjson.mediaType) return ndjson;
  if (mediaType === binary.mediaType) return binary;
  const columns = columnsOf(blockSchema);
  return columns.length > 0 ? csvOf(columns) : null;
}

/** A block's JSON value as one line of UTF-8. */
export function lineOf(block: Buffer): Buffer {
  const value = jsonOf(block);
  return block.includes(NEWLINE) || block.includes(0x0d)
    ? Buffer.from(JSON.stringify(value))
    : block;
}

function csvOf(columns: readonly string[]): BlockFormat {
  const write = (rows: unknown[][]) =>
    Buffer.from(stringify(rows, { record_delimiter: 'windows' }));
  return {
    mediaType: 'text/csv',
    head: write([[...columns]]),
    write: (blocks) => write(blocks.map((block) => rowOf(block, columns))),
  };
}

function rowOf(block: Buffer, columns: readonly string[]): unknown[] {
  const value = jsonOf(block);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Unwritable('a block is not a JSON object');
  }
  return columns.map((column) => cellOf((value as Record<string, unknown>)[column]));
}

function cellOf(value: unknown): unknown {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The columns that the listing's block schema (JSON Schema) declares, in its order. */
function columnsOf(schema: unknown): string[] {
  const properties = (schema as { properties?: unknown } | null)?.properties;
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

function jsonOf(block: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(block));
  } catch {
    throw new Unwritable('a block is not JSON in UTF-8');
  }
}
