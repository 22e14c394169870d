import type { Order } from '../../contract/index.ts';
import { type MarketClient, MarketRefusal } from '../market-client.ts';
import { orderUpdates } from './http-order-updates.ts';
import type { OrderDesk, Placing } from './order-desk.ts';

/** The market's HTTP API as the desk that orders are placed at; an order names a listing. */
export class HttpDesk implements OrderDesk<Order> {
  readonly #client: MarketClient;

  constructor(client: MarketClient) {
    this.#client = client;
  }

  async network() {
    return (await this.#client.market()).network;
  }

  place({ order, idempotencyKey }: Placing): Promise<Order> {
    return this.#client.placeOrder(order, idempotencyKey);
  }

  async find(orderId: string): Promise<Order | null> {
    try {
      return await this.#client.order(orderId);
    } catch (error) {
      if (error instanceof MarketRefusal && error.status === 404) return null;
      throw error;
    }
  }

  updates(orderId: string, signal: AbortSignal): AsyncIterable<Order> {
    return orderUpdates(this.#client, orderId, signal);
  }

  isRated({ rate }: Order): boolean {
    return rate !== null;
  }

  isForGood(error: unknown): boolean {
    if (!(error instanceof MarketRefusal)) return false;
    return error.status < 500 && error.code !== 'idempotency-in-flight';
  }
}
