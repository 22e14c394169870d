/** Runs so many at once, in the order in which they came; no more than a bound wait. */
export class Lane {
  readonly #width: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(width: number, maxWaiting: number) {
    this.#width = width;
    this.#maxWaiting = maxWaiting;
  }

  /** @returns null when there is no room to wait */
  run<T>(work: () => Promise<T>): Promise<T> | null {
    if (this.#running >= this.#width && this.#waiting.length >= this.#maxWaiting) return null;
    return this.#run(work);
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#width) {
      // Whoever leaves hands his place over.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
