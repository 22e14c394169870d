import type { Market, Order } from '../../contract/index.ts';
import type { OrderState } from '../../protocol/messages.ts';
import type { KeyedOrder } from './pending-order.ts';

/** What a purchase looks at in an order, over HTTP as over the swarm. */
export type DeskOrder = Pick<
  Order | OrderState,
  'id' | 'state' | 'lapseReason' | 'priceMsat' | 'expiresAtMs' | 'refundableMsat' | 'nowMs'
> & {
  invoice: Pick<
    NonNullable<Order['invoice']>,
    'bolt11' | 'paymentHash' | 'amountMsat' | 'settlement' | 'state'
  > | null;
  payments: { paymentHash: string; outcome: string }[];
  grant: { state: 'live' | 'expired' | 'revoked'; expiresAtMs: number | null } | null;
};

/** What is sent when an order is placed. */
export interface Placing {
  order: KeyedOrder;
  idempotencyKey: string;
  /** What the buyer agreed to pay. */
  priceMsat: bigint;
}

/** Where orders are placed and looked at: a market's HTTP API, or its seeders. All methods throw {@link Failure}. */
export interface OrderDesk<O extends DeskOrder = DeskOrder> {
  /** The Lightning network that invoices must be of; null where nobody says, and the wallet has to know. */
  network(): Promise<Market['network'] | null>;
  /** Places an order once, however often it is called with one key. */
  place(placing: Placing): Promise<O>;
  /** The order of that id; null when there is none. */
  find(orderId: string): Promise<O | null>;
  /** The order now and after each change, until `signal` aborts. */
  updates(orderId: string, signal: AbortSignal): AsyncIterable<O>;
  /** Whether the price was locked at the rate of a currency when the order was placed. */
  isRated(order: O): boolean;
  /** Whether an error of {@link place} says that nothing was placed, nor will be by asking again. */
  isForGood(error: unknown): boolean;
}
