import { AccessEnded } from '../access-ended.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { type Log, updated } from '../reading/content.ts';
import type { FeedReplica } from '../swarm/feed-replica.ts';
import { readBlocks, readStored } from './block-reader.ts';
import type { Sink } from './sink.ts';
import type { Watch } from './watch.ts';

const REPORT_MS = 250;

export interface PullRange {
  /** Stop before this block; undefined: at the end of the feed. */
  to: number | undefined;
  /** Follow new blocks. */
  live: boolean;
}

export interface Pulling {
  replica: FeedReplica;
  log: Log;
  /** Of a buyer who is let in. */
  watch: Watch;
  range: PullRange;
  /** Called before the first block; `fromBlock` is the first one that the access covers. */
  openSink: (fromBlock: number) => Promise<Sink>;
  onProgress?: (progress: PullProgress) => void;
}

export interface PullProgress {
  next: number;
  /** null when it is not known: while following a live feed. */
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
  const { log, replica } = pulling;
  const end = await currentEnd(pulling);
  const fromBlock = replica.fromBlockOf(log.core);
  const sink = await pulling.openSink(fromBlock);
  if (sink.next < fromBlock) {
    await sink.close();
    throw notCovered(sink.next, fromBlock);
  }
  return await fill(pulling, sink, end);
}

async function fill(pulling: Pulling, sink: Sink, end: number) {
  const { replica, log, watch, range, onProgress } = pulling;
  const first = sink.next;
  let bytes = 0;
  const write = async (blocks: Buffer[]) => {
    await sink.write(blocks);
    bytes += blocks.reduce((sum, block) => sum + block.byteLength, 0);
    watch.progressed();
  };
  const report = () =>
    onProgress?.({
      next: sink.next,
      end: range.live ? (range.to ?? null) : end,
      bytes,
      connected: replica.connected,
      expiresAtLocalMs: replica.expiresAtLocalMs,
    });
  const reports = setInterval(report, REPORT_MS);
  try {
    do {
      for await (const blocks of readBlocks(reading(pulling, sink, end))) await write(blocks);
    } while (range.live && sink.next < (range.to ?? Infinity));
  } catch (error) {
    if (error instanceof AccessEnded) {
      for await (const blocks of readStored(log.core, sink.next, end)) await write(blocks);
    }
    throw error;
  } finally {
    clearInterval(reports);
    report();
    await sink.close();
  }
  return { blocks: sink.next - first, bytes };
}

/** Reads from one core. Live, it ends where another one takes the place of that. */
function reading({ log, watch, range }: Pulling, sink: Sink, end: number) {
  const { core } = log;
  const { live, to = Infinity } = range;
  const isOver = () => sink.next >= to || log.core !== core;
  return {
    core,
    from: sink.next,
    end: live ? () => Math.min(core.length, to) : () => end,
    stopped: watch.stopped,
    async more() {
      if (!live) return false;
      await watch.until(() => isOver() || core.length > sink.next);
      return !isOver();
    },
  };
}

/** Where the feed ends now, as a seeder says; not less than the catalogue says. */
async function currentEnd({ log, watch, range }: Pulling): Promise<number> {
  const to = range.to ?? Infinity;
  await updated(log.core, range.live ? 0 : Math.min(log.knownLength, to), watch);
  return Math.min(log.core.length, to);
}

/** A block that the access does not cover: seeders would never send it. */
export const notCovered = (next: number, fromBlock: number) =>
  new Failure(
    EXIT.noAccess,
    'not-covered',
    `your plan opens the blocks from ${fromBlock} on, not block ${next}`,
    `ask for --from ${fromBlock}, or buy a plan that includes the past`,
  );
