import { z } from 'zod';
import { epochSeeds } from '../mirrored-feed.ts';
import { operation } from '../operation.ts';
import { planName } from '../plan.ts';
import { hex32, uuid } from '../primitives.ts';

const MAX_INDEX = Number.MAX_SAFE_INTEGER;

const byFeed = z.object({ feedId: uuid });

const index = z.coerce.number().int().min(0).max(MAX_INDEX);
const position = z.coerce.number().int().min(-MAX_INDEX).max(MAX_INDEX);
const fromEnd = 'Counted from the end when negative.';

const role = z.enum(['data', 'files', 'blobs']).meta({
  description:
    'Which core of the feed: `data`, or `files` and `blobs` of a Hyperdrive. Of an Autobase its first view is read, and none can be named.',
});
const key = z.string().min(1).max(1024);

/** What a 402 answer is to be an invoice for. */
const purchase = {
  plan: planName.optional().meta({
    description: 'The plan that a 402 answer carries an invoice for; the cheapest if not given.',
  }),
  quantity: z.coerce.number().int().min(1).max(1000).default(1),
  terms: hex32.optional().meta({
    description: 'The hash of the terms of use, where the listing has some: paying accepts them.',
  }),
};

export const purchaseQuery = z.object(purchase);

const proven = {
  'Dazaar-Core-Key': 'The key of the core, hex: what the proof is verified against.',
  'Dazaar-Length': 'How many blocks the core has, as its writer signed.',
  'Dazaar-Proof':
    'Base64url: signature and Merkle nodes that lead from the blocks to the key. See docs/gateway.md. Blocks of a sealed feed, which are sent opened unless they are asked for `sealed`, come without.',
};

export const readBlocks = operation({
  id: 'readBlocks',
  method: 'get',
  path: '/v1/feeds/{feedId}/blocks',
  tag: 'Gateway',
  summary: 'Read a range of blocks',
  description:
    'Streams the blocks from `start` to before `end`, clipped to what there is, in the format that `Accept` asks for. The trailer `Dazaar-End` says why the body ended: `complete`, `expired`, `revoked`, `too-many-connections`, `stopped`, or `unavailable` when a block could not be read or written in this format.',
  access: 'buyer',
  params: byFeed,
  query: z.object({
    start: position.optional().meta({
      description: `The first block; the first that your access opens if not given. ${fromEnd}`,
    }),
    end: position.optional().meta({
      description: `The block to end before; all there are if not given. ${fromEnd}`,
    }),
    core: role.optional(),
    sealed: z
      .enum(['true', 'false'])
      .default('false')
      .transform((text) => text === 'true')
      .meta({
        description:
          'Blocks of a sealed feed as they are sealed, as `application/vnd.dazaar.blocks` and with a proof; `seal` of the head opens them.',
      }),
    ...purchase,
  }),
  success: {
    status: 200,
    description: 'The blocks.',
    content: {
      'application/x-ndjson': z.unknown(),
      'application/vnd.dazaar.blocks': 'binary',
      'text/csv': 'text',
    },
    headers: {
      ...proven,
      'Dazaar-Range': 'The range that is served: `START-END`, END not included.',
    },
  },
  refusals: ['payment-required', 'too-many-connections', 'not-acceptable', 'history-not-included'],
});

export const head = z.object({
  feedId: uuid,
  key: hex32,
  length: z.int().min(0),
  byteLength: z.int().min(0),
  fork: z.int().min(0),
  fromBlock: z.int().min(0).meta({ description: 'The first block that your access opens.' }),
  treeHash: hex32.nullable().meta({ description: 'null while the core is empty.' }),
  proof: z.string().nullable().meta({
    description: 'Base64url: manifest, roots and signature, as in `Dazaar-Proof`.',
  }),
  seal: z
    .object({ epochMs: z.int(), seeds: z.array(epochSeeds) })
    .nullable()
    .meta({
      description:
        'Of a sealed feed: the seeds of the epochs that your access opens, up to some seconds ahead. null for any other.',
    }),
});

export const readHead = operation({
  id: 'readHead',
  method: 'get',
  path: '/v1/feeds/{feedId}/head',
  tag: 'Gateway',
  summary: 'How long a feed is, signed by its writer',
  access: 'buyer',
  params: byFeed,
  query: z.object({ core: role.optional(), ...purchase }),
  success: { status: 200, description: 'The head of the core.', body: head },
  refusals: ['payment-required', 'too-many-connections'],
});

export const tailFeed = operation({
  id: 'tailFeed',
  method: 'get',
  path: '/v1/feeds/{feedId}/tail',
  tag: 'Gateway',
  summary: 'Follow a feed as it grows',
  description:
    'Server-Sent Events. `block`: a block, with its index as id. `proof`: `{start, end, proof}` over the blocks before it. `end`: `{reason}`, and nothing after it.',
  access: 'buyer',
  params: byFeed,
  query: z.object({
    start: position.optional().meta({
      description: `The first block; what is appended from now on if not given. ${fromEnd}`,
    }),
    encoding: z.enum(['json', 'base64']).default('json').meta({
      description: 'How blocks are written; base64 keeps every byte, which a proof needs.',
    }),
    core: role.optional(),
    ...purchase,
  }),
  headers: z.object({
    'last-event-id': index.optional().meta({ description: 'Goes on behind this block.' }),
  }),
  success: {
    status: 200,
    description: 'The stream of events.',
    content: { 'text/event-stream': z.unknown() },
    headers: { 'Dazaar-Core-Key': proven['Dazaar-Core-Key'] },
  },
  refusals: ['payment-required', 'too-many-connections', 'history-not-included'],
});

export const entry = z.object({
  seq: z.int().min(0).meta({ description: 'The block that the entry stands in.' }),
  key: z.string(),
  value: z.unknown(),
});

export const listEntries = operation({
  id: 'listEntries',
  method: 'get',
  path: '/v1/feeds/{feedId}/entries',
  tag: 'Gateway',
  summary: 'Read entries of a Hyperbee in the order of their keys',
  description: 'Also of an Autobase whose first view is a Hyperbee.',
  access: 'buyer',
  params: byFeed,
  query: z.object({
    gt: key.optional(),
    gte: key.optional(),
    lt: key.optional(),
    lte: key.optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    reverse: z
      .enum(['true', 'false'])
      .default('false')
      .transform((text) => text === 'true'),
    ...purchase,
  }),
  success: {
    status: 200,
    description: 'A page of entries.',
    body: z.object({
      entries: z.array(entry),
      length: z.int().meta({ description: 'The version of the tree that they were read from.' }),
      more: z.boolean().meta({
        description: 'Whether there are more: go on behind the last key, with `gt` or `lt`.',
      }),
    }),
    headers: proven,
  },
  refusals: ['payment-required', 'too-many-connections'],
});

export const readEntry = operation({
  id: 'readEntry',
  method: 'get',
  path: '/v1/feeds/{feedId}/entries/{key+}',
  tag: 'Gateway',
  summary: 'Read an entry of a Hyperbee',
  access: 'buyer',
  params: z.object({ feedId: uuid, key }),
  query: z.object(purchase),
  success: {
    status: 200,
    description: 'The entry, and the block that it stands in.',
    body: entry.extend({
      block: z.base64().meta({ description: 'The block `seq` that `Dazaar-Proof` proves.' }),
    }),
    headers: proven,
  },
  refusals: ['payment-required', 'too-many-connections', 'entry-not-found'],
});

export const file = z.object({
  path: z.string(),
  byteLength: z.int().min(0),
  seq: z.int().min(0).meta({ description: 'The block of core `files` that names it.' }),
});

export const listFiles = operation({
  id: 'listBoughtFiles',
  method: 'get',
  path: '/v1/feeds/{feedId}/files',
  tag: 'Gateway',
  summary: 'List files of a Hyperdrive',
  access: 'buyer',
  params: byFeed,
  query: z.object({
    prefix: z.string().max(1024).default('/').meta({ description: 'A folder.' }),
    after: z.string().max(1024).optional().meta({ description: 'Goes on behind this path.' }),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    ...purchase,
  }),
  success: {
    status: 200,
    description: 'A page of files, in the order of their paths.',
    body: z.object({ files: z.array(file), more: z.boolean() }),
    headers: proven,
  },
  refusals: ['payment-required', 'too-many-connections'],
});

export const readFile = operation({
  id: 'readBoughtFile',
  method: 'get',
  path: '/v1/feeds/{feedId}/files/{path+}',
  tag: 'Gateway',
  summary: 'Read a file of a Hyperdrive, or a range of its bytes',
  description:
    'Takes one range of bytes (RFC 9110, section 14). Access that ends meanwhile closes the connection short of Content-Length; a client that sends `TE: trailers` gets no Content-Length, but the trailer `Dazaar-End`.',
  access: 'buyer',
  params: z.object({ feedId: uuid, path: z.string().min(1).max(1024) }),
  query: z.object(purchase),
  headers: z.object({
    range: z.string().max(200).optional(),
    'if-range': z.string().max(200).optional(),
    'if-none-match': z.string().max(1000).optional(),
  }),
  success: {
    status: 200,
    description: 'The file.',
    content: { 'application/octet-stream': 'binary' },
    headers: {
      ETag: 'Changes with the file.',
      'Accept-Ranges': '`bytes`.',
      'Dazaar-Blob': 'The blocks of core `blobs` that hold the file: `START-END`.',
    },
    also: { 206: 'The range of bytes.', 304: 'It is the one that If-None-Match names.' },
  },
  refusals: ['payment-required', 'too-many-connections', 'file-not-found', 'range-not-satisfiable'],
});

/** What a seeder's data gateway answers, at an address of its own. */
export const gatewayOperations = [
  readBlocks,
  readHead,
  tailFeed,
  listEntries,
  readEntry,
  listFiles,
  readFile,
];
