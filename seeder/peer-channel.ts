import type { Connection } from 'hyperdht';
import { type ChannelHandlers, type DazaarChannel, openChannel } from '../protocol/channel.ts';
import type { Notices } from './notices.ts';
import type { Offers } from './offers.ts';

/** What a seeder listens to. */
export type PeerListener = Pick<
  ChannelHandlers,
  'onhello' | 'onsubscribe' | 'onask' | 'ondrain' | 'onclose'
>;

/** What is added to what the gate says. */
export interface PeerNews {
  /** How a buyer who is turned away would get in. */
  offers: Pick<Offers, 'plansOf'>;
  /** Who is told ahead of the end of his access. */
  notices: Pick<Notices, 'place' | 'drop' | 'forget'>;
}

/** The `dazaar/2` channel of one peer, which all parts of the seeder speak through. */
export class PeerChannel {
  /** To say something; null when the stream was gone already. */
  readonly say: DazaarChannel | null;
  readonly #listeners: PeerListener[] = [];

  /** @param news left out: the gate's word alone is said */
  constructor(connection: Connection, news?: PeerNews) {
    const channel = openChannel(connection, {
      onhello: (message) => this.#tell((each) => each.onhello?.(message)),
      onsubscribe: (message) => this.#tell((each) => each.onsubscribe?.(message)),
      onask: (message) => this.#tell((each) => each.onask?.(message)),
      ondrain: () => this.#tell((each) => each.ondrain?.()),
      onclose: () => this.#tell((each) => each.onclose?.()),
    });
    this.say = channel && news ? this.#withNews(channel, news) : channel;
  }

  /** Hears all that the peer says, if it is called in the turn in which the channel was made. */
  listen(listener: PeerListener): void {
    this.#listeners.push(listener);
  }

  #withNews(channel: DazaarChannel, { offers, notices }: PeerNews): DazaarChannel {
    this.listen({ onclose: () => notices.forget(channel) });
    return {
      ...channel,
      get closed() {
        return channel.closed;
      },
      get drained() {
        return channel.drained;
      },
      valid(message) {
        if (!channel.closed) notices.place(channel, message);
        return channel.valid(message);
      },
      invalid(message) {
        notices.drop(channel, message.feedId);
        return channel.invalid({ ...message, plans: offers.plansOf(message.feedId) });
      },
    };
  }

  // Protomux may deliver while the channel is still being opened, before it can be answered on.
  #tell(one: (listener: PeerListener) => void): void {
    queueMicrotask(() => {
      for (const listener of this.#listeners) one(listener);
    });
  }
}
