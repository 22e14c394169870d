import type { Expiring, Valid } from '../protocol/messages.ts';
import { ExpiryTimer } from './expiry-timer.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const AHEAD_MS = [DAY, HOUR, 5 * MINUTE, MINUTE, 10 * SECOND];

/** Somebody who is told ahead of the end of what he may read. */
export interface Noticed {
  expiring(message: Expiring): void;
}

interface Notice {
  readonly to: Noticed;
  readonly feedId: string;
  /** When access ends. */
  endsAtMs: number;
  /** When that is to be said next. */
  expiresAtMs: number | null;
  heapIndex: number;
}

/**
 * Tells connected buyers ahead of time that their access is about to end: a day, an hour, five minutes, a minute and ten
 * seconds before, as far as there is so much left. One timer for all of them.
 */
export class Notices {
  readonly #nowMs: () => number;
  readonly #timer: ExpiryTimer<Notice>;
  readonly #byReader = new Map<Noticed, Map<string, Notice>>();

  /** @param nowMs the time that access is judged by, in ms since the epoch */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#timer = new ExpiryTimer(nowMs, (notice) => this.#say(notice));
  }

  /** How many ends are to be told of. */
  get size(): number {
    let size = 0;
    for (const { size: feeds } of this.#byReader.values()) size += feeds;
    return size;
  }

  /** Watches what a buyer was told of his access, or follows its extension. */
  place(
    to: Noticed,
    { feedId, expiresAtMs: endsAtMs }: Pick<Valid, 'feedId' | 'expiresAtMs'>,
  ): void {
    if (endsAtMs === null) {
      this.drop(to, feedId);
      return;
    }
    const notices = this.#byReader.get(to) ?? new Map<string, Notice>();
    this.#byReader.set(to, notices);
    const notice = notices.get(feedId) ?? {
      to,
      feedId,
      endsAtMs,
      expiresAtMs: null,
      heapIndex: -1,
    };
    notices.set(feedId, notice);
    notice.endsAtMs = endsAtMs;
    this.#schedule(notice);
  }

  /** Tells a buyer no more of this feed: his access has ended. */
  drop(to: Noticed, feedId: string): void {
    const notices = this.#byReader.get(to);
    const notice = notices?.get(feedId);
    if (!notices || !notice) return;
    this.#timer.remove(notice);
    notices.delete(feedId);
    if (notices.size === 0) this.#byReader.delete(to);
  }

  /** Tells somebody nothing more: he has left. */
  forget(to: Noticed): void {
    for (const notice of this.#byReader.get(to)?.values() ?? []) this.#timer.remove(notice);
    this.#byReader.delete(to);
  }

  /** Says what is due; to be called when the clock was corrected. */
  tick(): void {
    this.#timer.tick();
  }

  close(): void {
    this.#timer.close();
    this.#byReader.clear();
  }

  #say(notice: Notice): void {
    const { to, feedId, endsAtMs } = notice;
    this.#schedule(notice);
    const nowMs = Math.round(this.#nowMs());
    const leftMs = endsAtMs - nowMs;
    if (leftMs > 0) to.expiring({ feedId, expiresAtMs: endsAtMs, leftMs, nowMs });
  }

  #schedule(notice: Notice): void {
    const nowMs = this.#nowMs();
    const next = AHEAD_MS.find((aheadMs) => notice.endsAtMs - aheadMs > nowMs);
    notice.expiresAtMs = next === undefined ? null : notice.endsAtMs - next;
    this.#timer.place(notice);
  }
}
