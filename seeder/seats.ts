/** A connection that a grant may serve. */
export interface Sitter {
  /** The machine at its other end, as that says itself; null: it has not. */
  readonly device: string | null;
  /** Whether it asked for the feed. */
  wants(feedId: string): boolean;
}

/** Which of a key's connections a grant serves, of those that are there: the first stay, and further ones wait. */
export class Seats<S extends Sitter> {
  readonly #feedId: string;
  readonly #isReading: (sitter: S) => boolean;
  readonly #taken = new Set<S>();

  /** @param isReading whether a connection that is served reads the feed */
  constructor(feedId: string, isReading: (sitter: S) => boolean) {
    this.#feedId = feedId;
    this.#isReading = isReading;
  }

  /** Who is served, in the order in which they came to be. */
  get taken(): ReadonlySet<S> {
    return this.#taken;
  }

  /** Gives up a seat; nothing happens to whoever has none. */
  leave(sitter: S): void {
    this.#taken.delete(sitter);
  }

  /** Takes a seat while there is one. @returns whether the sitter has one now */
  take(sitter: S, limit: number): boolean {
    if (!this.#taken.has(sitter) && this.#taken.size < limit) this.#taken.add(sitter);
    return this.#taken.has(sitter);
  }

  /**
   * Takes a seat for one that asked for the feed: if there is none, that of its own machine's predecessor, which may be a
   * connection that nobody has noticed yet to be dead, or else one that nobody uses.
   *
   * @returns who had to make room; null when nobody had to, or would
   */
  claim(sitter: S, limit: number): S | null {
    if (this.take(sitter, limit)) return null;
    const yielding = this.#predecessorOf(sitter) ?? this.#idle();
    if (!yielding) return null;
    this.#taken.delete(yielding);
    this.#taken.add(sitter);
    return yielding;
  }

  /** Takes seats back that are no longer there, the last taken first. @returns whose they were */
  shrink(limit: number): S[] {
    const tooMany = [...this.#taken].slice(Math.max(0, limit));
    for (const sitter of tooMany) this.#taken.delete(sitter);
    return tooMany;
  }

  #predecessorOf({ device }: S): S | undefined {
    if (device === null) return undefined;
    return [...this.#taken].find((each) => each.device === device);
  }

  #idle(): S | undefined {
    return [...this.#taken].find((each) => !each.wants(this.#feedId) && !this.#isReading(each));
  }
}
