/** What a heap orders: the instant it ends (ms, null: never) and its place, which the heap keeps (-1: not in it). */
export interface Expiring {
  expiresAtMs: number | null;
  heapIndex: number;
}

/** A binary heap by expiry that knows where each item stands, so that an extension moves it instead of adding it anew. */
export class ExpiryHeap<T extends Expiring> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The item that ends first. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Adds the item, or moves it after its expiry changed; one that never ends is taken out. */
  place(item: T): void {
    if (item.expiresAtMs === null) {
      this.remove(item);
      return;
    }
    if (item.heapIndex === -1) item.heapIndex = this.#items.push(item) - 1;
    this.#sink(this.#rise(item.heapIndex));
  }

  /** Takes the item out, wherever it stands. */
  remove(item: T): void {
    const index = item.heapIndex;
    if (index === -1) return;
    item.heapIndex = -1;
    const last = this.#items.pop()!;
    if (last === item) return;
    this.#put(last, index);
    this.#sink(this.#rise(index));
  }

  #rise(from: number): number {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfLater(parent, index)) break;
      index = parent;
    }
    return index;
  }

  #sink(from: number): void {
    let index = from;
    for (;;) {
      const child = this.#earlierChild(index);
      if (child === -1 || !this.#swapIfLater(index, child)) return;
      index = child;
    }
  }

  #earlierChild(index: number): number {
    const left = 2 * index + 1;
    if (left >= this.#items.length) return -1;
    const right = left + 1;
    return right < this.#items.length && this.#at(right) < this.#at(left) ? right : left;
  }

  #swapIfLater(upper: number, lower: number): boolean {
    if (this.#at(upper) <= this.#at(lower)) return false;
    const item = this.#items[upper]!;
    this.#put(this.#items[lower]!, upper);
    this.#put(item, lower);
    return true;
  }

  #put(item: T, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }

  #at(index: number): number {
    return this.#items[index]!.expiresAtMs!;
  }
}
