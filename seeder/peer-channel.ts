import type { Connection } from 'hyperdht';
import { type ChannelHandlers, type DazaarChannel, openChannel } from '../protocol/channel.ts';

/** What a seeder listens to. */
export type PeerListener = Pick<ChannelHandlers, 'onhello' | 'onsubscribe' | 'onask' | 'onclose'>;

/** The `dazaar/2` channel of one peer, which all parts of the seeder speak through. */
export class PeerChannel {
  /** To say something; null when the stream was gone already. */
  readonly say: DazaarChannel | null;
  readonly #listeners: PeerListener[] = [];

  constructor(connection: Connection) {
    this.say = openChannel(connection, {
      onhello: (message) => this.#tell((each) => each.onhello?.(message)),
      onsubscribe: (message) => this.#tell((each) => each.onsubscribe?.(message)),
      onask: (message) => this.#tell((each) => each.onask?.(message)),
      onclose: () => this.#tell((each) => each.onclose?.()),
    });
  }

  /** Hears all that the peer says, if it is called in the turn in which the channel was made. */
  listen(listener: PeerListener): void {
    this.#listeners.push(listener);
  }

  // Protomux may deliver while the channel is still being opened, before it can be answered on.
  #tell(one: (listener: PeerListener) => void): void {
    queueMicrotask(() => {
      for (const listener of this.#listeners) one(listener);
    });
  }
}
