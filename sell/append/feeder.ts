import { EXIT } from '../../buyer/exit-codes.ts';
import { Failure } from '../../buyer/failure.ts';
import { MarketRefusal } from '../../buyer/market-client.ts';
import { encodeBlocks } from '../../protocol/block-batch.ts';
import type { SellerClient } from '../seller-client.ts';
import { type Batch, type Checkpoint, sha256 } from './checkpoint.ts';
import { BlockTooLarge } from './cut.ts';
import type { Format } from './format.ts';
import type { Source, Stretch } from './source.ts';

const RAW_BLOCK_BYTES = 64 * 1024;
const TYPE_OF = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  json: 'application/json',
  raw: 'application/vnd.dazaar.blocks',
} as const;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** What is wrong with the content itself. */
const WRONG = new Set(['block-invalid', 'block-too-large', 'entry-invalid', 'batch-too-large']);

export interface Feed {
  client: SellerClient;
  slug: string;
  kind: 'hypercore' | 'hyperbee';
}

export interface FeederOptions {
  feed: Feed;
  source: Source;
  checkpoint: Checkpoint;
  /** Keeps a checkpoint; a stream that cannot be read again has nothing to keep. */
  keep: (checkpoint: Checkpoint) => Promise<void>;
  /** Ends the work between two batches. */
  signal: AbortSignal;
  onAppended: (batch: { blocks: number; bytes: number }) => void;
}

/** What the source holds is not what was appended of it. */
export class SourceChanged extends Failure {
  constructor(source: string) {
    const message = `${source} is not what was appended of it before`;
    super(EXIT.local, 'source-changed', message, 'append it anew with --anew');
  }
}

/** What the source holds cannot be appended as it is. */
export class ContentRefused extends Failure {}

/**
 * Appends what is new in a source, each block once: a batch is named by its place, and which one is on its way is written
 * down ahead of it. Killed at any point and run again, it goes on where it was.
 *
 * @throws {SourceChanged} when it no longer holds what was appended
 * @throws {Failure} when the market refuses a batch: what is ahead of it stays appended
 */
export async function feedFrom(options: FeederOptions): Promise<Checkpoint> {
  const { source, signal } = options;
  let checkpoint = await resumed(options);
  for (;;) {
    if (signal.aborted) return checkpoint;
    const stretch = await nextOf(source, checkpoint);
    if (!stretch) return checkpoint;
    checkpoint = await append(options, checkpoint, stretch);
  }
}

async function resumed(options: FeederOptions): Promise<Checkpoint> {
  const { source, checkpoint } = options;
  const { done, sending } = checkpoint;
  if (done) await check(source, done, checkpoint);
  if (!sending) return checkpoint;
  const bytes = await check(source, sending, checkpoint);
  return append(options, checkpoint, { ...sending, bytes });
}

async function nextOf(source: Source, { done, source: name }: Checkpoint): Promise<Stretch | null> {
  try {
    return await source.next(done?.to ?? source.start);
  } catch (error) {
    if (!(error instanceof BlockTooLarge)) throw error;
    const where = `${name}, from byte ${done?.to ?? source.start} on`;
    throw new ContentRefused(EXIT.usage, 'block-too-large', `${error.message} (${where})`);
  }
}

async function check(source: Source, batch: Batch, { source: name }: Checkpoint): Promise<Buffer> {
  const bytes = await source.again(batch);
  if (bytes && sha256(bytes) === batch.sha256) return bytes;
  throw new SourceChanged(name);
}

async function append(
  { feed, source, keep, onAppended }: FeederOptions,
  checkpoint: Checkpoint,
  { from, to, bytes }: Stretch,
): Promise<Checkpoint> {
  const batch = { from, to, sha256: sha256(bytes) };
  const onItsWay = { ...checkpoint, sending: batch };
  await keep(onItsWay);
  try {
    const body = bodyOf(source, checkpoint, bytes);
    const blocks = isBlank(checkpoint, bytes)
      ? 0
      : await send(feed, `${checkpoint.batches}:${from}`, body);
    onAppended({ blocks, bytes: bytes.length });
  } catch (error) {
    if (!(error instanceof MarketRefusal) || !WRONG.has(error.code)) throw error;
    // Put right, it is sent from the same place under the same id: what of it is there already stays as it is.
    await keep({ ...checkpoint, sending: null });
    const where = `${checkpoint.source}, from byte ${from} on`;
    throw new ContentRefused(error.exitCode, error.code, `${error.message} (${where})`);
  }
  const finished = { ...checkpoint, done: batch, sending: null };
  await keep(finished);
  return finished;
}

interface Body {
  format: Format;
  bytes: Uint8Array;
}

function bodyOf({ header }: Source, { format }: Checkpoint, bytes: Buffer): Body {
  if (format === 'raw') return { format, bytes: encodeBlocks(slices(bytes)) };
  return { format, bytes: Buffer.concat([header, bytes]) };
}

async function send(
  { client, slug, kind }: Feed,
  batchId: string,
  { format, bytes }: Body,
): Promise<number> {
  if (kind === 'hyperbee') return (await client.putEntries(slug, batchId, bytes)).entries;
  return (await client.appendBlocks(slug, batchId, bytes, TYPE_OF[format])).blocks;
}

// Empty lines are no blocks, and a batch has at least one.
function isBlank({ format }: Checkpoint, bytes: Uint8Array): boolean {
  const isLines = format === 'ndjson' || format === 'csv';
  return isLines && bytes.every((byte) => byte === LINE_FEED || byte === CARRIAGE_RETURN);
}

function slices(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / RAW_BLOCK_BYTES);
  return Array.from({ length: count }, (_, i) =>
    bytes.subarray(i * RAW_BLOCK_BYTES, (i + 1) * RAW_BLOCK_BYTES),
  );
}
