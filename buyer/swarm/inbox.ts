import type { Message } from '../../protocol/messages.ts';

/** What a seller says about one feed, told by any number of seeders: each message once, in its order. */
export class Inbox {
  readonly feedId: string;
  readonly #on: (message: Message) => void;
  #after: bigint;

  /** @param after the last message that was had */
  constructor(feedId: string, after: string, on: (message: Message) => void) {
    this.feedId = feedId;
    this.#after = BigInt(after);
    this.#on = on;
  }

  /** The last message that was had. */
  get after(): bigint {
    return this.#after;
  }

  // What is no newer was told by another seeder. What follows one that is missing was on its way to whoever has that one,
  // and comes again behind it.
  heard(message: Message): void {
    const seq = BigInt(message.seq);
    if (seq <= this.#after || BigInt(message.after) > this.#after) return;
    this.#after = seq;
    this.#on(message);
  }
}
