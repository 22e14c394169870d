import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { FeedReplica } from '../swarm/feed-replica.ts';
import { readBlocks, readStored } from './block-reader.ts';
import type { Sink } from './sink.ts';
import { AccessEnded, Watch } from './watch.ts';

const CHECK_MS = 250;

export interface PullRange {
  /** Stop before this block; undefined: at the end of the feed. */
  to: number | undefined;
  /** Follow new blocks. */
  live: boolean;
  /** How many blocks the catalogue says there are: fewer are not the whole feed. */
  knownLength: number;
}

export interface Pulling {
  replica: FeedReplica;
  range: PullRange;
  signal: AbortSignal;
  /** Called when access is there, before the first block; `fromBlock` is the first one that it covers. */
  openSink: (fromBlock: number) => Promise<Sink>;
  onProgress?: (progress: PullProgress) => void;
}

export interface PullProgress {
  next: number;
  /** null while following a live feed without an end. */
  end: number | null;
  bytes: number;
  connected: boolean;
  expiresAtLocalMs: number | null;
}

/**
 * Fetches a range of blocks into a sink, in order, each verified. What had arrived when access ended is still written.
 *
 * @returns the blocks written in this run.
 * @throws AccessEnded, Interrupted, ReaderGone, Failure. The sink is closed in any case.
 */
export async function pull(pulling: Pulling): Promise<{ blocks: number; bytes: number }> {
  const { replica, range, signal } = pulling;
  const watch = new Watch({ replica, live: range.live, signal });
  try {
    await watch.admission();
    const end = await currentEnd(pulling, watch);
    const { fromBlock } = replica;
    const sink = await pulling.openSink(fromBlock);
    if (sink.next < fromBlock) {
      await sink.close();
      throw notCovered(sink.next, fromBlock);
    }
    return await fill(pulling, watch, sink, end);
  } finally {
    watch.close();
  }
}

async function fill(pulling: Pulling, watch: Watch, sink: Sink, end: number) {
  const { replica, range, onProgress } = pulling;
  const first = sink.next;
  let bytes = 0;
  const write = async (blocks: Buffer[]) => {
    await sink.write(blocks);
    bytes += blocks.reduce((sum, block) => sum + block.byteLength, 0);
    watch.progressed();
  };
  const liveEnd = () => Math.min(replica.core.length, range.to ?? Infinity);
  const report = () =>
    onProgress?.({
      next: sink.next,
      end: range.live ? (range.to ?? null) : end,
      bytes,
      connected: replica.connected,
      expiresAtLocalMs: replica.expiresAtLocalMs,
    });
  const reports = setInterval(report, CHECK_MS);
  try {
    const reading = {
      core: replica.core,
      from: sink.next,
      end: range.live ? liveEnd : () => end,
      more: () => (range.live ? watch.moreThan(sink.next, range.to) : Promise.resolve(false)),
      stopped: watch.stopped,
    };
    for await (const blocks of readBlocks(reading)) await write(blocks);
  } catch (error) {
    if (error instanceof AccessEnded) {
      for await (const blocks of readStored(replica.core, sink.next, end)) await write(blocks);
    }
    throw error;
  } finally {
    clearInterval(reports);
    report();
    await sink.close();
  }
  return { blocks: sink.next - first, bytes };
}

/** Where the feed ends now, as a seeder says; not less than the catalogue says. */
async function currentEnd({ replica, range }: Pulling, watch: Watch): Promise<number> {
  const { core } = replica;
  await watch.currentLength();
  if (!range.live)
    await watch.until(() => core.length >= Math.min(range.knownLength, range.to ?? Infinity));
  return Math.min(core.length, range.to ?? Infinity);
}

/** A block that the access does not cover: seeders would never send it. */
export const notCovered = (next: number, fromBlock: number) =>
  new Failure(
    EXIT.noAccess,
    'not-covered',
    `your plan opens the blocks from ${fromBlock} on, not block ${next}`,
    `ask for --from ${fromBlock}, or buy a plan that includes the past`,
  );
