import { setTimeout as sleep } from 'node:timers/promises';
import type { ZodType } from 'zod';
import { STATUS_OF } from '../../contract/refusals.ts';
import type { CardExtension } from '../../protocol/card.ts';
import {
  type OrderState,
  orderState,
  type Quote,
  quote as quoteShape,
} from '../../protocol/messages.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import type { OrderDesk, Placing } from '../ordering/order-desk.ts';
import type { BuyerSwarm } from './buyer-swarm.ts';
import { type Question, SeederRefusal } from './seeder-session.ts';

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
const WATCH_AGAIN_MS = 3_000;
const PASSING = new Set(['limited', 'unavailable', 'idempotency-in-flight']);

/** What is being bought over the swarm. */
export interface WantedPlan {
  plan: string;
  quantity: number;
}

/** A market's seeders as the desk that orders for one feed are placed at. */
export class SwarmDesk implements OrderDesk<OrderState> {
  readonly #swarm: BuyerSwarm;
  readonly #feedId: string;
  readonly #network: CardExtension['network'];

  constructor(swarm: BuyerSwarm, { feedId, network }: Pick<CardExtension, 'feedId' | 'network'>) {
    this.#swarm = swarm;
    this.#feedId = feedId;
    this.#network = network;
  }

  /** What a purchase costs at this moment. @throws Failure */
  quote(wanted: WantedPlan, signal?: AbortSignal): Promise<Quote> {
    return this.#ask({ what: 'quote', feedId: this.#feedId, ...wanted }, quoteShape, signal);
  }

  network() {
    return Promise.resolve(this.#network ?? null);
  }

  place({ order, idempotencyKey, priceMsat }: Placing): Promise<OrderState> {
    const { plan, quantity, acceptTerms, work } = order;
    const asked = {
      what: 'order',
      feedId: this.#feedId,
      plan,
      quantity,
      maxPriceMsat: String(priceMsat),
      idempotencyKey,
      ...(acceptTerms !== undefined && { acceptTerms }),
      ...(work !== undefined && { work }),
    } as const;
    return this.#ask(asked, orderState);
  }

  async find(orderId: string): Promise<OrderState | null> {
    try {
      return await this.#ask({ what: 'watch', orderId }, orderState);
    } catch (error) {
      if (error instanceof SeederRefusal && error.code === 'order-not-found') return null;
      throw error;
    }
  }

  /** Seeders tell each change; asked again now and then, for the one that was watching may be gone. */
  async *updates(orderId: string, signal: AbortSignal): AsyncGenerator<OrderState> {
    const told: OrderState[] = [];
    let wake = Promise.withResolvers<void>();
    const hear = (order: OrderState) => {
      if (order.id !== orderId) return;
      told.push(order);
      wake.resolve();
    };
    const stop = this.#swarm.onOrder(hear);
    try {
      while (!signal.aborted) {
        const state = await this.#watch(orderId, signal);
        if (state) told.push(state);
        yield* told.splice(0);
        await Promise.race([wake.promise, pause(WATCH_AGAIN_MS, signal)]);
        wake = Promise.withResolvers<void>();
        yield* told.splice(0);
      }
    } finally {
      stop();
    }
  }

  isRated({ isRated }: OrderState): boolean {
    return isRated;
  }

  isForGood(error: unknown): boolean {
    return error instanceof SeederRefusal && !isPassing(error);
  }

  async #watch(orderId: string, signal: AbortSignal): Promise<OrderState | null> {
    try {
      return await this.#ask({ what: 'watch', orderId }, orderState, signal);
    } catch (error) {
      if (error instanceof SeederRefusal && !isPassing(error)) throw error;
      return null;
    }
  }

  async #ask<T>(question: Question, shape: ZodType<T>, signal?: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const checked = shape.safeParse(await this.#swarm.ask(question, signal));
        if (checked.success) return checked.data;
        throw misbehaves(question.what);
      } catch (error) {
        if (attempt === ATTEMPTS || !(error instanceof SeederRefusal) || !isPassing(error)) {
          throw error;
        }
      }
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), signal);
    }
  }
}

function isPassing({ code }: SeederRefusal): boolean {
  const status = code in STATUS_OF ? STATUS_OF[code as keyof typeof STATUS_OF] : 0;
  return PASSING.has(code) || status === 503;
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return sleep(ms, undefined, signal && { signal }).catch(() => undefined);
}

const misbehaves = (what: string) =>
  new Failure(EXIT.market, 'market-misbehaves', `a seeder gave no ${what} that makes sense`);
