/** A connection that a grant may serve. */
export interface Sitter {
  /** The machine at its other end, as that says itself; null: it has not. */
  readonly device: string | null;
  /** Where it comes from. */
  readonly address: string;
  /** Whether it asked for the feed. */
  wants(feedId: string): boolean;
}

/**
 * Which of a key's machines a grant serves, of those that are there: the first stay, and further ones wait. A connection
 * is one machine. So is an address that reads over HTTP, unless a connection that is served comes from it as well.
 */
export class Seats<S extends Sitter> {
  readonly #feedId: string;
  readonly #isReading: (sitter: S) => boolean;
  readonly #taken = new Set<S>();
  /** By address: what each answer under way is told when it has to end. */
  readonly #readers = new Map<string, Set<() => void>>();

  /** @param isReading whether a connection that is served reads the feed */
  constructor(feedId: string, isReading: (sitter: S) => boolean) {
    this.#feedId = feedId;
    this.#isReading = isReading;
  }

  /** Which connections are served, in the order in which they came to be. */
  get taken(): ReadonlySet<S> {
    return this.#taken;
  }

  /** Gives up a seat; nothing happens to whoever has none. */
  leave(sitter: S): void {
    this.#taken.delete(sitter);
  }

  /** Takes a seat while there is one. @returns whether the sitter has one now */
  take(sitter: S, limit: number): boolean {
    if (this.#taken.has(sitter)) return true;
    this.#taken.add(sitter);
    if (this.#machines > limit) this.#taken.delete(sitter);
    return this.#taken.has(sitter);
  }

  /**
   * Takes a seat for one that asked for the feed: if there is none, that of its own machine's predecessor, which may be a
   * connection that nobody has noticed yet to be dead, or else one that nobody uses.
   *
   * @returns who had to make room; null when nobody had to, or would
   */
  claim(sitter: S, limit: number): S | null {
    const predecessor = this.#predecessorOf(sitter);
    return this.#makeRoom(() => this.take(sitter, limit), predecessor ?? this.#idle());
  }

  /**
   * Takes a seat for an answer over HTTP, or shares that of its address; if there is none, that of a connection that
   * nobody uses.
   *
   * @param onend called when the seat is taken back
   * @returns who had to make room; null when nobody had to, or would
   */
  read(address: string, onend: () => void, limit: number): S | null {
    return this.#makeRoom(() => this.#join(address, onend, limit), this.#idle());
  }

  /** Whether the answer has a seat. */
  isRead(address: string, onend: () => void): boolean {
    return this.#readers.get(address)?.has(onend) ?? false;
  }

  /** Gives up the seat of an answer; its address has it until the last one does. */
  close(address: string, onend: () => void): void {
    const answers = this.#readers.get(address);
    answers?.delete(onend);
    if (answers?.size === 0) this.#readers.delete(address);
  }

  /** Takes seats back that are no longer there: of readers first, then the last taken. @returns whose connections' */
  shrink(limit: number): S[] {
    for (const [address, answers] of this.#readers) {
      if (this.#machines <= limit) return [];
      this.#readers.delete(address);
      for (const onend of answers) onend();
    }
    const tooMany = [...this.#taken].slice(Math.max(0, limit));
    for (const sitter of tooMany) this.#taken.delete(sitter);
    return tooMany;
  }

  get #machines(): number {
    if (this.#readers.size === 0) return this.#taken.size;
    const connected = new Set([...this.#taken].map(({ address }) => address));
    const reading = [...this.#readers.keys()].filter((address) => !connected.has(address));
    return this.#taken.size + reading.length;
  }

  #join(address: string, onend: () => void, limit: number): boolean {
    const answers = this.#readers.get(address) ?? new Set();
    this.#readers.set(address, answers.add(onend));
    if (this.#machines > limit) this.close(address, onend);
    return answers.has(onend);
  }

  #makeRoom(take: () => boolean, yielding: S | undefined): S | null {
    if (take() || !yielding) return null;
    this.#taken.delete(yielding);
    if (take()) return yielding;
    this.#taken.add(yielding);
    return null;
  }

  #predecessorOf({ device }: S): S | undefined {
    if (device === null) return undefined;
    return [...this.#taken].find((each) => each.device === device);
  }

  #idle(): S | undefined {
    return [...this.#taken].find((each) => !each.wants(this.#feedId) && !this.#isReading(each));
  }
}
