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

  // Each seeder tells all that came after it, in order: whatever is no newer was told by another.
  heard(message: Message): void {
    const seq = BigInt(message.seq);
    if (seq <= this.#after) return;
    this.#after = seq;
    this.#on(message);
  }
}
