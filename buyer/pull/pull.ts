import { EventEmitter } from 'node:events';
import type { Invalid } from '../../protocol/messages.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { FeedReplica } from '../swarm/feed-replica.ts';
import { readBlocks, readStored } from './block-reader.ts';
import type { Sink } from './sink.ts';

const CHECK_MS = 250;
const FIND_SEEDER_MS = 20_000;
const ADMIT_MS = 10_000;
const STALL_MS = 60_000;
const UPDATE_MS = 10_000;
// The seeder ends access by its own clock and says so: only when it is gone do we judge ourselves.
const END_SLACK_MS = 1_500;

/** The seeder ended the access that a pull began with. */
export class AccessEnded extends Error {
  readonly reason: Invalid['reason'];
  /** On the market's clock; null when no seeder told. */
  readonly expiresAtMs: number | null;

  constructor(reason: AccessEnded['reason'], expiresAtMs: number | null) {
    super(`access ended: ${reason}`);
    this.reason = reason;
    this.expiresAtMs = expiresAtMs;
  }
}

/** The user asked to stop. */
export class Interrupted extends Error {}

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
  const watch = new Watch(pulling);
  try {
    await watch.admission();
    const end = await currentEnd(pulling, watch);
    const { fromBlock } = pulling.replica;
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
  const updated = core.update({ wait: true }).catch(() => false);
  await watch.within(updated, UPDATE_MS);
  if (!range.live)
    await watch.until(() => core.length >= Math.min(range.knownLength, range.to ?? Infinity));
  return Math.min(core.length, range.to ?? Infinity);
}

/** Watches over a pull: whatever makes waiting vain rejects `stopped`. */
class Watch {
  readonly stopped: Promise<never>;
  readonly #pulling: Pulling;
  readonly #changes = new EventEmitter();
  readonly #timer: NodeJS.Timeout;
  readonly #startedAtMs = Date.now();
  #stop: (reason: Error) => void = () => undefined;
  #progressAtMs = Date.now();
  #admitted = false;
  #refusedSinceMs: number | null = null;

  constructor(pulling: Pulling) {
    this.#pulling = pulling;
    this.stopped = new Promise((_, reject) => {
      this.#stop = reject;
    });
    this.stopped.catch(() => undefined);
    pulling.replica.on('change', this.#check);
    this.#timer = setInterval(this.#check, CHECK_MS);
    pulling.signal.addEventListener('abort', this.#check);
    this.#check();
  }

  /** Resolves when a seeder says that the buyer may read. */
  async admission(): Promise<void> {
    await this.until(() => this.#pulling.replica.access.state === 'valid');
    this.#admitted = true;
    this.progressed();
  }

  progressed(): void {
    this.#progressAtMs = Date.now();
  }

  /** Resolves to true when there is a block `next`, to false when none is wanted. */
  async moreThan(next: number, to: number | undefined): Promise<boolean> {
    if (to !== undefined && next >= to) return false;
    await this.until(() => this.#pulling.replica.core.length > next);
    return true;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const change = new Promise((resolve) => this.#changes.once('change', resolve));
      await Promise.race([change, this.stopped]);
    }
  }

  /** Waits for a promise, for some time only. */
  async within(promise: Promise<unknown>, ms: number): Promise<void> {
    const timeout = new Promise((resolve) => setTimeout(resolve, ms).unref());
    await Promise.race([promise, timeout, this.stopped]);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#pulling.replica.off('change', this.#check);
    this.#pulling.signal.removeEventListener('abort', this.#check);
  }

  readonly #check = (): void => {
    const reason = this.#pulling.signal.aborted ? new Interrupted() : this.#vain();
    if (reason !== null) this.#stop(reason);
    this.#changes.emit('change');
  };

  #vain(): Error | null {
    return this.#admitted ? (this.#ended() ?? this.#stalled()) : this.#notAdmitted();
  }

  #ended(): Error | null {
    const { access, expiresAtMs, expiresAtLocalMs } = this.#pulling.replica;
    const overdueMs = expiresAtLocalMs === null ? -Infinity : Date.now() - expiresAtLocalMs;
    if (access.state === 'invalid') {
      // A seeder that has just come back may not have read the grants yet.
      if (access.reason === 'no-grant' && overdueMs < 0 && this.#refusedForMs() < ADMIT_MS)
        return null;
      return new AccessEnded(access.reason, expiresAtMs);
    }
    this.#refusedSinceMs = null;
    return overdueMs > END_SLACK_MS ? new AccessEnded('expired', expiresAtMs) : null;
  }

  #stalled(): Error | null {
    const { range, replica } = this.#pulling;
    if (range.live || Date.now() - this.#progressAtMs < STALL_MS) return null;
    const what = replica.connected ? 'the seeder sends no blocks' : 'the seeder is gone';
    return noSeeder('stalled', `${what} for ${STALL_MS / 1000} s`);
  }

  #notAdmitted(): Error | null {
    const { replica } = this.#pulling;
    const { access } = replica;
    if (access.state === 'invalid') {
      // The grant may be younger than what the seeder has read.
      if (this.#refusedForMs() < ADMIT_MS) return null;
      return new AccessEnded(access.reason, replica.expiresAtMs);
    }
    this.#refusedSinceMs = null;
    if (Date.now() - this.#startedAtMs < FIND_SEEDER_MS) return null;
    return noSeeder('no-seeder', `no seeder reachable in ${FIND_SEEDER_MS / 1000} s`);
  }

  #refusedForMs(): number {
    this.#refusedSinceMs ??= Date.now();
    return Date.now() - this.#refusedSinceMs;
  }
}

const notCovered = (next: number, fromBlock: number) =>
  new Failure(
    EXIT.noAccess,
    'not-covered',
    `your plan opens the blocks from ${fromBlock} on, not block ${next}`,
    `ask for --from ${fromBlock}, or buy a plan that includes the past`,
  );

const noSeeder = (code: string, message: string) =>
  new Failure(
    EXIT.noSeeder,
    code,
    message,
    'run the same command again, it goes on where this one stopped; if it lasts, tell the market',
  );
