/** Counts who is inside, by name, and lets in no more than a bound each. */
export class Turnstile {
  readonly #max: number;
  readonly #inside = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** @returns what leaves again, once; null when the bound is reached */
  enter(name: string): (() => void) | null {
    const inside = this.#inside.get(name) ?? 0;
    if (inside >= this.#max) return null;
    this.#inside.set(name, inside + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#leave(name);
    };
  }

  #leave(name: string): void {
    const inside = this.#inside.get(name)!;
    if (inside === 1) this.#inside.delete(name);
    else this.#inside.set(name, inside - 1);
  }
}
