import { setTimeout as sleep } from 'node:timers/promises';
import type { Gate } from '../gate.ts';
import type { EndReason } from '../grant-book.ts';
import type { Lease } from '../lease.ts';
import { NOBODY } from '../usage.ts';

// Longer than setTimeout can wait; whoever is still there then is looked at again.
const MAX_DELAY_MS = 2 ** 31 - 1;

// Whoever reads from several machines in turn is hardly ever refused: most answers are over in a moment.
const SEAT_WAIT_MS = 2_000;
const POLL_MS = 20;

/** Why a body ended. */
export type BodyEnd = 'complete' | EndReason | 'stopped' | 'too-many-connections' | 'unavailable';

/** Who reads over HTTP, and until when at most the credential says that he may (null: as long as his grant). */
export interface Visitor {
  buyerKey: Uint8Array<ArrayBuffer>;
  untilMs: number | null;
}

/** Whoever reads a feed that is open to anybody. */
export const ANYBODY: Visitor = { buyerKey: NOBODY, untilMs: null };

/** One request on a lease of the gate: it is over when the grant is, the credential is, or the gateway stops. */
export class Visit implements Disposable {
  readonly visitor: Visitor;
  readonly #gate: Gate;
  readonly #feedId: string;
  readonly #nowMs: () => number;
  readonly #lease: Lease | null;
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #end: Exclude<BodyEnd, 'complete'> | null = null;
  #leave: (() => void) | null = null;

  constructor(gate: Gate, nowMs: () => number, visitor: Visitor, feedId: string) {
    this.visitor = visitor;
    this.#gate = gate;
    this.#feedId = feedId;
    this.#nowMs = nowMs;
    this.#lease = gate.lease(visitor.buyerKey, feedId, (reason) => this.cut(reason));
    if (!this.#lease) this.cut('expired');
    else this.#watchCredential();
  }

  /** Aborts in the instant in which nothing more may be sent. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether a block may be handed to the socket at this very instant. */
  get isLive(): boolean {
    return this.#end === null && this.#lease !== null && this.#lease.isLive && !this.#isPast();
  }

  /** The first block that may be read. */
  get fromBlock(): number {
    return this.#lease?.fromBlock ?? 0;
  }

  /** Until when it lasts as things stand; null when it has no end. */
  get expiresAtMs(): number | null {
    const ends = [this.#lease?.expiresAtMs ?? null, this.visitor.untilMs];
    const known = ends.filter((end) => end !== null);
    return known.length > 0 ? Math.min(...known) : null;
  }

  /** Why it is over; asked only of one that is. */
  get end(): Exclude<BodyEnd, 'complete'> {
    return this.#end ?? 'expired';
  }

  /**
   * Takes a place among the machines that the grant serves at once, and keeps it as long as the visit lasts; waits some
   * seconds for one.
   *
   * @param isGone whether nobody waits any more
   */
  async sit(address: string, isGone: () => boolean): Promise<boolean> {
    const untilMs = performance.now() + SEAT_WAIT_MS;
    const onend = () => this.cut('too-many-connections');
    while (this.isLive && !isGone()) {
      this.#leave = this.#gate.seat(this.visitor.buyerKey, this.#feedId, address, onend);
      if (this.#leave) return true;
      if (performance.now() >= untilMs) return false;
      await sleep(POLL_MS);
    }
    return false;
  }

  /** Ends it now. */
  cut(reason: Exclude<BodyEnd, 'complete'>): void {
    if (this.#end !== null) return;
    this.#end = reason;
    this.#over.abort();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#leave?.();
    this.#lease?.release();
  }

  #isPast(): boolean {
    const { untilMs } = this.visitor;
    return untilMs !== null && untilMs <= this.#nowMs();
  }

  #watchCredential(): void {
    const { untilMs } = this.visitor;
    if (untilMs === null) return;
    if (this.#isPast()) this.cut('expired');
    if (this.#end !== null) return;
    const delayMs = Math.min(Math.ceil(untilMs - this.#nowMs()), MAX_DELAY_MS);
    this.#timer = setTimeout(() => this.#watchCredential(), delayMs);
  }
}
