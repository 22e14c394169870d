import { z } from 'zod';
import {
  appended,
  batchId,
  driveFile,
  driveFilePage,
  entriesPut,
  entryChange,
} from '../feed-content.ts';
import { operation } from '../operation.ts';
import { slug } from '../primitives.ts';

const json = z.unknown().meta({ description: 'Any JSON value.' });
const bySlug = z.object({ slug });
const batchQuery = z.object({ batchId });
const byPath = z.object({
  slug,
  path: z.string().meta({
    description:
      'The path in the drive, without its first slash. At most 1,024 bytes; no `.`, `..`, empty names, backslashes or control characters.',
    example: '2026/strikes.csv',
  }),
});
const FEED_REFUSALS = [
  'listing-not-found',
  'feed-kind',
  'feed-mirrored',
  'feed-not-ready',
] as const;

export const appendBlocks = operation({
  id: 'appendBlocks',
  method: 'post',
  path: '/v1/seller/listings/{slug}/blocks',
  tag: 'Feeds',
  summary: 'Append blocks to a hosted Hypercore',
  description: `The body may be endless: it is cut into parts of at most 1 MiB or 8,192 blocks, and no more of it is read than the feed takes in. A block holds 1 byte to 1 MiB.

- \`application/x-ndjson\`: each line is a block, and has to be JSON in UTF-8; blank lines are skipped.
- \`application/json\`: the whole body is one block.
- \`text/csv\`: the first row names columns, which are the properties of the listing's block schema; each row becomes a JSON object. Cells are read by the property's \`type\`; numbers keep their digits. An empty cell is \`null\` where the schema allows that, else left out where the property is not required.
- \`application/vnd.dazaar.blocks\`: each block follows its length in bytes as an unsigned 32-bit big-endian number. Any bytes.

The answer comes when every block is durable in the core. A part is appended in one piece; so is a batch that fits into one. Of a body that breaks off or turns out wrong in its middle, the whole parts ahead of that stay. Send the same content with the same \`batchId\` again to complete it: what is there already is not appended twice.`,
  access: 'data',
  params: bySlug,
  query: batchQuery,
  upload: {
    'application/x-ndjson': json,
    'application/vnd.dazaar.blocks': 'binary',
    'text/csv': 'text',
    'application/json': json,
  },
  success: { status: 201, description: 'The blocks stand in the core.', body: appended },
  refusals: [...FEED_REFUSALS, 'block-invalid', 'block-too-large', 'batch-differs'],
});

export const putEntries = operation({
  id: 'putEntries',
  method: 'post',
  path: '/v1/seller/listings/{slug}/entries',
  tag: 'Feeds',
  summary: 'Put and delete entries of a hosted Hyperbee',
  description:
    'All changes of a batch come into force together, in their order. At most 8,192 changes and 4 MiB. Open the Hyperbee with `keyEncoding: "utf-8"` and `valueEncoding: "json"`.',
  access: 'data',
  params: bySlug,
  query: batchQuery,
  upload: {
    'application/x-ndjson': entryChange,
    'application/json': z.array(entryChange).min(1).max(8192),
  },
  success: { status: 201, description: 'The changes are in force.', body: entriesPut },
  refusals: [...FEED_REFUSALS, 'entry-invalid', 'batch-too-large', 'batch-differs'],
});

export const putFile = operation({
  id: 'putFile',
  method: 'put',
  path: '/v1/seller/listings/{slug}/files/{path+}',
  tag: 'Feeds',
  summary: 'Put a file into a hosted Hyperdrive',
  description:
    'The content is streamed, up to 16 GiB, and comes into force when all of it has arrived. The same content and type again changes nothing. Buyers find `contentType` and `sha256` in the metadata of the entry.',
  access: 'data',
  params: byPath,
  upload: { '*/*': 'binary' },
  success: {
    status: 200,
    description: 'The file stands in the drive.',
    body: driveFile,
    headers: { ETag: 'The SHA-256 of the content.' },
  },
  refusals: [...FEED_REFUSALS, 'path-invalid', 'file-too-large'],
});

export const deleteFile = operation({
  id: 'deleteFile',
  method: 'delete',
  path: '/v1/seller/listings/{slug}/files/{path+}',
  tag: 'Feeds',
  summary: 'Delete a file of a hosted Hyperdrive',
  description: 'Buyers who downloaded it, or look at an older version of the drive, keep it.',
  access: 'data',
  params: byPath,
  success: { status: 204, description: 'The file is gone.' },
  refusals: [...FEED_REFUSALS, 'path-invalid', 'file-not-found'],
});

export const listFiles = operation({
  id: 'listFiles',
  method: 'get',
  path: '/v1/seller/listings/{slug}/files',
  tag: 'Feeds',
  summary: 'The files of a hosted Hyperdrive',
  access: 'read',
  params: bySlug,
  query: z.object({
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    cursor: z.string().max(2048).optional(),
  }),
  success: { status: 200, description: 'A page of them, by path.', body: driveFilePage },
  refusals: ['listing-not-found', 'feed-kind', 'feed-mirrored', 'cursor-invalid'],
});

export const feedOperations = [appendBlocks, putEntries, putFile, deleteFile, listFiles];
