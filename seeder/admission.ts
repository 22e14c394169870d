import { RateLimit } from './rate-limit.ts';

const MAX_KEYS = 10_000;
const GRANTED = { perSecond: 10, burst: 50 };
const UNGRANTED = { perSecond: 1, burst: 10 };

/**
 * Refuses handshakes of keys that come too often, before a stream is set up. A refusal bans nobody: a key that has paid
 * meanwhile is counted anew, so it is let in at once.
 */
export class Admission {
  readonly #admits: (key: Uint8Array) => boolean;
  readonly #isFull: () => boolean;
  readonly #limits = new Map<string, RateLimit>();

  /**
   * @param admits whether a key holds a live grant.
   * @param isFull whether there is room only for keys that do.
   */
  constructor(admits: (key: Uint8Array) => boolean, isFull: () => boolean) {
    this.#admits = admits;
    this.#isFull = isFull;
  }

  /** Whether this key's handshake is to be refused now. */
  refuses(key: Buffer): boolean {
    const granted = this.#admits(key);
    if (!granted && this.#isFull()) return true;
    return !this.#limit(`${granted} ${key.toString('hex')}`, granted).take(performance.now());
  }

  #limit(id: string, granted: boolean): RateLimit {
    const rate = granted ? GRANTED : UNGRANTED;
    const limit = this.#limits.get(id) ?? new RateLimit(rate.perSecond, rate.burst);
    // Moved to the end, so that the first is the one not seen for longest.
    this.#limits.delete(id);
    this.#limits.set(id, limit);
    if (this.#limits.size > MAX_KEYS) this.#limits.delete(this.#limits.keys().next().value!);
    return limit;
  }
}
