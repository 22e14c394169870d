import type { Connection } from 'hyperdht';
import type { Announcements } from '../boot/announcements.ts';
import { readOrder } from '../flow/read-orders.ts';
import type { Answer, HeardAsk, OrderState } from '../protocol/messages.ts';
import { type DeskRefusal, limited, type Outcome } from './desk/answer.ts';
import { answerCard } from './desk/card.ts';
import type { Asker, DeskDeps } from './desk/deps.ts';
import { Lane } from './desk/lane.ts';
import { answerMessages } from './desk/messages.ts';
import { answerOrder } from './desk/order.ts';
import { presentOrder } from './desk/order-state.ts';
import { answerQuote } from './desk/quote.ts';
import { answerSend } from './desk/send.ts';
import { takeToll } from './desk/toll.ts';
import { answerWatch } from './desk/watch.ts';
import { Watches } from './desk/watches.ts';
import type { PeerChannel } from './peer-channel.ts';
import { RateLimit } from './rate-limit.ts';

const ASKS_PER_SECOND = 10;
const ASKS_BURST = 50;
const REFUSALS_PER_SECOND = 20;
const REFUSALS_BURST = 500;
const AT_ONCE_PER_PEER = 8;
// Orders wait for the node: they have a lane of their own, so that a slow one holds up nobody who only looks.
const LOOKS = { width: 8, maxWaiting: 512 };
const ORDERS = { width: 8, maxWaiting: 128 };
// A watch waits here once at most, and watches are counted.
const READINGS = { width: 4, maxWaiting: Infinity };

interface Peer extends Asker {
  readonly channel: PeerChannel;
  readonly asks: RateLimit;
  readonly refusals: RateLimit;
  open: number;
}

/**
 * Answers what buyers ask over the swarm: what is sold, for how much, and orders. Every question is answered, by a refusal
 * where there is too much of it; who goes on regardless is hung up on.
 */
export class Desk {
  readonly #deps: DeskDeps;
  readonly #orders: Announcements;
  readonly #looks = new Lane(LOOKS.width, LOOKS.maxWaiting);
  readonly #orderings = new Lane(ORDERS.width, ORDERS.maxWaiting);
  readonly #readings = new Lane(READINGS.width, READINGS.maxWaiting);

  /** @param orders tells of changes of orders */
  constructor(deps: DeskDeps, orders: Announcements) {
    this.#deps = deps;
    this.#orders = orders;
  }

  /** Answers a peer from now on, until its channel closes. */
  onconnection(connection: Connection, channel: PeerChannel): void {
    const key = Uint8Array.from(connection.remotePublicKey);
    const peer: Peer = {
      key,
      host: connection.rawStream.remoteHost,
      channel,
      asks: new RateLimit(ASKS_PER_SECOND, ASKS_BURST),
      refusals: new RateLimit(REFUSALS_PER_SECOND, REFUSALS_BURST),
      open: 0,
      watches: new Watches({
        orders: this.#orders,
        read: (orderId) => this.#readings.run(() => this.#read(key, orderId))!,
        say: (state) => channel.say?.order(state),
      }),
    };
    channel.listen({
      onask: (asked) => this.#hear(peer, asked),
      onclose: () => peer.watches.close(),
    });
  }

  #hear(peer: Peer, asked: HeardAsk): void {
    const now = performance.now();
    if (!peer.asks.take(now)) {
      this.#refuse(
        peer,
        asked,
        now,
        'More questions than this seeder answers: ask again in a while.',
      );
    } else if (peer.open >= AT_ONCE_PER_PEER) {
      this.#refuse(peer, asked, now, `${AT_ONCE_PER_PEER} questions are open: wait for an answer.`);
    } else {
      this.#take(peer, asked, now);
    }
  }

  #take(peer: Peer, asked: HeardAsk, now: number): void {
    const lane = asked.what === 'order' ? this.#orderings : this.#looks;
    const deciding = lane.run(() => this.#decide(peer, asked));
    if (!deciding) {
      this.#refuse(peer, asked, now, 'This seeder is busy: ask again in a while.');
      return;
    }
    peer.open += 1;
    void deciding.then((outcome) => {
      peer.open -= 1;
      peer.channel.say?.answer(answerOf(asked, outcome));
    });
  }

  // Refusing costs too: for whoever does not listen it ends.
  #refuse({ channel, refusals }: Peer, asked: HeardAsk, now: number, detail: string): void {
    if (refusals.take(now)) channel.say?.answer(answerOf(asked, limited(detail)));
    else channel.say?.close();
  }

  async #decide(peer: Peer, asked: HeardAsk): Promise<Outcome> {
    if (peer.channel.say?.closed) return limited('Nobody listens any more.');
    try {
      const { limiter } = this.#deps;
      return (await takeToll(limiter, peer, asked)) ?? (await this.#answer(peer, asked));
    } catch (err) {
      this.#deps.log.warn({ err, what: asked.what }, 'a question could not be answered');
      return UNAVAILABLE;
    }
  }

  async #answer(peer: Peer, asked: HeardAsk): Promise<Outcome> {
    switch (asked.what) {
      case 'card':
        return answerCard(this.#deps, asked);
      case 'quote':
        return answerQuote(this.#deps, asked);
      case 'order':
        return answerOrder(this.#deps, peer, asked);
      case 'watch':
        return answerWatch(peer, asked);
      case 'send':
        return answerSend(this.#deps, peer, asked);
      case 'messages':
        return answerMessages(this.#deps, peer, asked);
      default:
        return NOT_UNDERSTOOD;
    }
  }

  async #read(buyerKey: Uint8Array, orderId: string): Promise<OrderState | null> {
    const view = await readOrder(this.#deps.prisma, orderId);
    const isOwn = view !== null && Buffer.compare(view.order.buyerKey, buyerKey) === 0;
    return isOwn ? presentOrder(view) : null;
  }
}

const UNAVAILABLE: DeskRefusal = {
  refused: 'unavailable',
  detail: 'A part of the market is away: ask again in a while.',
};

const NOT_UNDERSTOOD: DeskRefusal = {
  refused: 'not-understood',
  detail: 'This seeder knows no such question, or it is not put as it should be.',
};

type Given = Extract<Answer, { value: unknown }>;

function answerOf({ id }: HeardAsk, outcome: Outcome): Answer {
  if ('refused' in outcome) {
    const { refused: code, detail } = outcome;
    const workBits = 'workBits' in outcome ? outcome.workBits : undefined;
    return { id, refused: { code, detail, ...(workBits !== undefined && { workBits }) } };
  }
  return { id, value: outcome as Given['value'] };
}
