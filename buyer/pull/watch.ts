import { EventEmitter } from 'node:events';
import type Hypercore from 'hypercore';
import { AccessEnded } from '../access-ended.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { END_SLACK_MS } from '../swarm/access.ts';
import type { FeedReplica } from '../swarm/feed-replica.ts';

const CHECK_MS = 250;
const FIND_SEEDER_MS = 20_000;
const ADMIT_MS = 10_000;
const STALL_MS = 60_000;
// Whoever has the keys of a sealed feed already waits for no seeder.
const WITHOUT_SEEDER_MS = 5_000;
const UPDATE_MS = 10_000;

/** The user asked to stop. */
export class Interrupted extends Error {}

/** What a watch is over. */
export interface Watching {
  replica: FeedReplica;
  /** New blocks are waited for as long as it takes. */
  live: boolean;
  signal: AbortSignal;
}

/** Watches over the reading of a feed: whatever makes waiting vain rejects `stopped`. */
export class Watch {
  readonly stopped: Promise<never>;
  readonly #watching: Watching;
  readonly #changes = new EventEmitter();
  readonly #waiting = new Set<(reason: Error) => void>();
  #reason: Error | null = null;
  readonly #timer: NodeJS.Timeout;
  readonly #startedAtMs = Date.now();
  #stop: (reason: Error) => void = () => undefined;
  #progressAtMs = Date.now();
  #admitted = false;
  #refusedSinceMs: number | null = null;

  constructor(watching: Watching) {
    this.#watching = watching;
    this.stopped = new Promise((_, reject) => {
      this.#stop = (reason) => {
        this.#reason = reason;
        reject(reason);
        for (const stop of this.#waiting) stop(reason);
      };
    });
    this.stopped.catch(() => undefined);
    watching.replica.on('change', this.#check);
    this.#timer = setInterval(this.#check, CHECK_MS);
    watching.signal.addEventListener('abort', this.#check);
    this.#check();
  }

  /** Resolves when a seeder says that the buyer may read, or when keys that came before do and there is no seeder. */
  async admission(): Promise<void> {
    await this.until(() => this.#isLetIn());
    this.#admitted = true;
    this.progressed();
  }

  progressed(): void {
    this.#progressAtMs = Date.now();
  }

  /** Where a core of the feed ends now, the first one unless said, as a seeder says, if one does in time. */
  async currentLength(core: Hypercore = this.#watching.replica.core): Promise<number> {
    await this.within(
      core.update({ wait: true }).catch(() => false),
      UPDATE_MS,
    );
    return core.length;
  }

  /** Resolves to true when there is a block `next`, to false when none is wanted. */
  async moreThan(next: number, to: number | undefined): Promise<boolean> {
    if (to !== undefined && next >= to) return false;
    await this.until(() => this.#watching.replica.core.length > next);
    return true;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const change = new Promise((resolve) => this.#changes.once('change', resolve));
      await Promise.race([change, this.stopped]);
    }
  }

  /** Takes what comes, one after the other, as long as waiting for it is not in vain. */
  async *over<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { value, done } = await this.of(iterator.next());
        if (done) return;
        this.progressed();
        yield value;
      }
    } finally {
      // What waits for a block ends when its core is closed, and not before.
      void iterator.return?.()?.catch(() => undefined);
    }
  }

  /** Waits for one thing as long as that is not in vain. Racing millions with one promise would keep them all in memory. */
  of<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#reason) return reject(this.#reason);
      this.#waiting.add(reject);
      promise.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /** Waits for a promise, for some time only. */
  async within(promise: Promise<unknown>, ms: number): Promise<void> {
    const timeout = new Promise((resolve) => setTimeout(resolve, ms).unref());
    await Promise.race([promise, timeout, this.stopped]);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watching.replica.off('change', this.#check);
    this.#watching.signal.removeEventListener('abort', this.#check);
  }

  readonly #check = (): void => {
    const reason = this.#watching.signal.aborted ? new Interrupted() : this.#vain();
    if (reason !== null && this.#reason === null) this.#stop(reason);
    this.#changes.emit('change');
  };

  #isLetIn(): boolean {
    const { access, isUnlocked, connected } = this.#watching.replica;
    if (access.state === 'valid') return true;
    const isAlone = !connected && Date.now() - this.#startedAtMs > WITHOUT_SEEDER_MS;
    return isUnlocked && isAlone && access.state === 'unknown';
  }

  #vain(): Error | null {
    if (this.#watching.replica.mayComeBack()) return null;
    return this.#admitted ? (this.#ended() ?? this.#stalled()) : this.#notAdmitted();
  }

  #ended(): Error | null {
    const { access, expiresAtMs, expiresAtLocalMs } = this.#watching.replica;
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
    const { live, replica } = this.#watching;
    if (live || Date.now() - this.#progressAtMs < STALL_MS) return null;
    const what = replica.connected ? 'the seeder sends no blocks' : 'the seeder is gone';
    return noSeeder('stalled', `${what} for ${STALL_MS / 1000} s`);
  }

  #notAdmitted(): Error | null {
    const { replica } = this.#watching;
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

const noSeeder = (code: string, message: string) =>
  new Failure(
    EXIT.noSeeder,
    code,
    message,
    'run the same command again, it goes on where this one stopped; if it lasts, tell the market',
  );
