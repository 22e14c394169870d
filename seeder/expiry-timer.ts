import { type Expiring, ExpiryHeap } from './expiry-heap.ts';

// setTimeout takes a signed 32-bit number of ms; beyond it, it fires at once.
const MAX_DELAY_MS = 2 ** 31 - 1;

/** One timer for any number of items: calls `onexpire` for each, in order, once `nowMs` has reached its end; and how late that is. */
export class ExpiryTimer<T extends Expiring> {
  readonly #heap = new ExpiryHeap<T>();
  readonly #nowMs: () => number;
  readonly #onexpire: (item: T, lateMs: number) => void;
  #timer: NodeJS.Timeout | null = null;
  #armedForMs = Number.POSITIVE_INFINITY;

  constructor(nowMs: () => number, onexpire: (item: T, lateMs: number) => void) {
    this.#nowMs = nowMs;
    this.#onexpire = onexpire;
  }

  /** Watches the item, or follows a change of its expiry. */
  place(item: T): void {
    this.#heap.place(item);
    this.#arm();
  }

  /** Forgets the item. */
  remove(item: T): void {
    this.#heap.remove(item);
    this.#arm();
  }

  /** Expires what is due and sets the timer anew; to be called when the clock behind `nowMs` was corrected. */
  tick(): void {
    const nowMs = this.#nowMs();
    for (let item = this.#heap.peek(); item; item = this.#heap.peek()) {
      const lateMs = nowMs - item.expiresAtMs!;
      if (lateMs < 0) break;
      this.#heap.remove(item);
      this.#onexpire(item, lateMs);
    }
    this.#disarm();
    this.#arm();
  }

  /** Stops the timer; nothing expires any more. */
  close(): void {
    this.#disarm();
  }

  #arm(): void {
    const firstMs = this.#heap.peek()?.expiresAtMs ?? Number.POSITIVE_INFINITY;
    if (firstMs === this.#armedForMs) return;
    this.#disarm();
    if (firstMs === Number.POSITIVE_INFINITY) return;
    this.#armedForMs = firstMs;
    const delayMs = Math.min(Math.max(Math.ceil(firstMs - this.#nowMs()), 0), MAX_DELAY_MS);
    this.#timer = setTimeout(() => this.tick(), delayMs);
  }

  #disarm(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#armedForMs = Number.POSITIVE_INFINITY;
  }
}
