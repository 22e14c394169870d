import { MAX_HTLCS } from '../ldk/config.ts';

// Commitment signatures grow with the HTLCs in flight: more at once is slower, not faster.
const MAX_MOVING = 96;

/**
 * Places for HTLCs on each hop of the network, and for payments under way at once.
 * A held payment keeps its places but no longer counts as moving.
 */
export class Slots {
  readonly #used = new Map<string, number>();
  readonly #countHeld: () => number;
  #taken = 0;

  constructor(countHeld: () => number) {
    this.#countHeld = countHeld;
  }

  /** Takes a place on every hop of the path, or none at all. */
  take(path: string[]): boolean {
    if (this.#taken - this.#countHeld() >= MAX_MOVING) return false;
    const hops = hopsOf(path);
    if (hops.some((hop) => this.#usedOf(hop) >= MAX_HTLCS)) return false;
    this.force(path);
    return true;
  }

  /** Takes the places whether they are free or not: for payments already under way. */
  force(path: string[]): void {
    for (const hop of hopsOf(path)) this.#used.set(hop, this.#usedOf(hop) + 1);
    this.#taken += 1;
  }

  release(path: string[]): void {
    for (const hop of hopsOf(path)) this.#used.set(hop, this.#usedOf(hop) - 1);
    this.#taken -= 1;
  }

  #usedOf(hop: string): number {
    return this.#used.get(hop) ?? 0;
  }
}

function hopsOf(path: string[]): string[] {
  return path.slice(1).map((to, index) => `${path[index]}>${to}`);
}
