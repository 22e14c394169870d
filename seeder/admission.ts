import { RateLimit } from './rate-limit.ts';

const MAX_COUNTED = 10_000;
const GRANTED = { perSecond: 10, burst: 50 };
const UNGRANTED = { perSecond: 1, burst: 10 };
/** Of all keys of one address together that hold no grant. */
const STRANGERS = { perSecond: 10, burst: 100 };
/** How many of them may be connected at once. */
export const MAX_STRANGERS_AT_ONCE = 64;

export interface AdmissionOptions {
  /** Whether a key is expected: it holds a live grant, or is a machine that feeds come from. */
  expects: (key: Uint8Array) => boolean;
  /** Whether there is room only for keys that are. */
  isFull: () => boolean;
  /** How many keys are connected from this address that are not. */
  strangersFrom: (host: string) => number;
}

/**
 * Refuses handshakes of keys that come too often, and of strangers that come too often or in too great a number from one
 * address, before a stream is set up. A refusal bans nobody: a key that has paid meanwhile is counted anew and by itself,
 * so it is let in at once, whatever others at its address do.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #limits = new Map<string, RateLimit>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Whether this key's handshake is to be refused now; the address is where it comes from, as far as is known. */
  refuses(key: Buffer, host: string | undefined): boolean {
    const { expects, isFull } = this.#options;
    const id = key.toString('hex');
    if (expects(key)) return !this.#take(`granted ${id}`, GRANTED);
    // Whoever is refused for his own sake takes nothing from others at his address.
    if (isFull() || !this.#take(id, UNGRANTED)) return true;
    return host !== undefined && this.#isCrowded(host);
  }

  #isCrowded(host: string): boolean {
    if (this.#options.strangersFrom(host) >= MAX_STRANGERS_AT_ONCE) return true;
    return !this.#take(`from ${host}`, STRANGERS);
  }

  #take(id: string, rate: { perSecond: number; burst: number }): boolean {
    const limit = this.#limits.get(id) ?? new RateLimit(rate.perSecond, rate.burst);
    // Moved to the end, so that the first is the one not seen for longest.
    this.#limits.delete(id);
    this.#limits.set(id, limit);
    if (this.#limits.size > MAX_COUNTED) this.#limits.delete(this.#limits.keys().next().value!);
    return limit.take(performance.now());
  }
}
