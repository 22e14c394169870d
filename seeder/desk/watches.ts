import type { Announcements } from '../../boot/announcements.ts';
import type { OrderState } from '../../protocol/messages.ts';

const MAX_WATCHED = 32;
const AGAIN_MS = 5_000;

export interface WatchesOptions {
  orders: Announcements;
  /** Reads an order of this buyer; null when there is none. Bounded by whoever gives it. */
  read: (orderId: string) => Promise<OrderState | null>;
  /** Tells the buyer of a change. */
  say: (state: OrderState) => void;
}

interface Watch {
  readonly unwatch: () => void;
  /** What the buyer was told last. */
  said: string;
  isReading: boolean;
  /** It has changed since the reading began. */
  isDirty: boolean;
}

/**
 * The orders that one peer is told of whenever they change, until they are paid; the newest 32. However often an order
 * changes, one reading of it is under way at a time.
 */
export class Watches {
  readonly #options: WatchesOptions;
  readonly #open = new Map<string, Watch>();
  #isClosed = false;

  constructor(options: WatchesOptions) {
    this.#options = options;
  }

  /** How many orders are watched. */
  get size(): number {
    return this.#open.size;
  }

  /** Reads the order, and says each change of it from now on; null when this buyer has no such order. */
  async watch(orderId: string): Promise<OrderState | null> {
    const state = await this.#options.read(orderId);
    if (!state || this.#isClosed || isOver(state)) return state;
    const watch = this.#open.get(orderId) ?? this.#begin(orderId);
    watch.said = textOf(state);
    // It may have changed between the reading and the watching.
    this.#follow(orderId, watch);
    return state;
  }

  close(): void {
    this.#isClosed = true;
    for (const orderId of [...this.#open.keys()]) this.#end(orderId);
  }

  #begin(orderId: string): Watch {
    const watch: Watch = {
      unwatch: this.#options.orders.watch(orderId, () => this.#follow(orderId, watch)),
      said: '',
      isReading: false,
      isDirty: false,
    };
    this.#open.set(orderId, watch);
    if (this.#open.size > MAX_WATCHED) this.#end(this.#open.keys().next().value!);
    return watch;
  }

  #end(orderId: string): void {
    this.#open.get(orderId)?.unwatch();
    this.#open.delete(orderId);
  }

  #follow(orderId: string, watch: Watch): void {
    watch.isDirty = true;
    if (!watch.isReading) void this.#read(orderId, watch);
  }

  async #read(orderId: string, watch: Watch): Promise<void> {
    watch.isReading = true;
    try {
      while (watch.isDirty && this.#open.get(orderId) === watch) {
        watch.isDirty = false;
        this.#tell(orderId, watch, await this.#options.read(orderId));
      }
    } catch {
      // The database is away; most often the listening connection is too, and tells when both are back.
      setTimeout(() => this.#follow(orderId, watch), AGAIN_MS).unref();
    } finally {
      watch.isReading = false;
    }
  }

  #tell(orderId: string, watch: Watch, state: OrderState | null): void {
    if (!state || this.#open.get(orderId) !== watch) return;
    const text = textOf(state);
    if (text !== watch.said) this.#options.say(state);
    watch.said = text;
    if (isOver(state)) this.#end(orderId);
  }
}

// What lapsed may be paid late.
function isOver({ state }: OrderState): boolean {
  return state === 'paid';
}

function textOf({ nowMs: _, ...state }: OrderState): string {
  return JSON.stringify(state);
}
