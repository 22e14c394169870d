import type { Blocks } from '../../flow/cut-parts.ts';
import { csvBlocks } from './csv.ts';
import { framedBlocks } from './framed.ts';
import { jsonBlock } from './json.ts';
import { ndjsonBlocks } from './ndjson.ts';

/** Reads the blocks of a body by its media type. */
export function readBlocks(
  mediaType: string,
  body: AsyncIterable<Buffer>,
  blockSchema: unknown,
): Blocks {
  switch (mediaType) {
    case 'application/x-ndjson':
      return ndjsonBlocks(body);
    case 'application/vnd.dazaar.blocks':
      return framedBlocks(body);
    case 'text/csv':
      return csvBlocks(body, blockSchema);
    default:
      return jsonBlock(body);
  }
}
