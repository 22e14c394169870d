import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hex32, msat, newOrder, uuid } from '../../contract/index.ts';
import { createFile, replaceFile } from '../files.ts';

const MAX_RACES = 3;

/** An order for a key of one's own; `listing` is a slug, or where the order goes to a seeder the id of a feed. */
export const keyedOrder = newOrder.required({ buyerKey: true });
export type KeyedOrder = z.infer<typeof keyedOrder>;

const stored = z.object({
  version: z.literal(1),
  idempotencyKey: uuid,
  newOrder: keyedOrder,
  /** What the listing asked when the purchase began. */
  priceMsat: msat,
  orderId: uuid.optional(),
  /** Of the invoice that was given to a wallet. */
  paymentHash: hex32.optional(),
  /** Whether the wallet may have paid it, as far as it has said. */
  mayBePaid: z.boolean().default(false),
});
type Stored = z.infer<typeof stored>;

/**
 * A purchase that has begun: stored before the market hears of it, so that a killed `buy` goes on with the same order
 * instead of paying twice.
 */
export class PendingOrder {
  readonly #path: string;
  #stored: Stored;
  /** Whether an earlier run began it. */
  readonly resumed: boolean;

  private constructor(path: string, content: Stored, resumed: boolean) {
    this.#path = path;
    this.#stored = content;
    this.resumed = resumed;
  }

  /** The purchase under way of this very thing, else a new one; of two processes at once both get the same. */
  static async claim(
    directory: string,
    order: KeyedOrder,
    priceMsat: string,
  ): Promise<PendingOrder> {
    const path = join(directory, fileName(order));
    const fresh: Stored = {
      version: 1,
      idempotencyKey: randomUUID(),
      newOrder: order,
      priceMsat,
      mayBePaid: false,
    };
    for (let race = 0; race < MAX_RACES; race += 1) {
      const earlier = await read(path);
      if (earlier) return new PendingOrder(path, earlier, true);
      if (await createFile(path, format(fresh))) return new PendingOrder(path, fresh, false);
    }
    throw new Error(`${path} appears and disappears`);
  }

  /** What was agreed to for the purchase under way of this very thing; null when there is none. */
  static async agreedPriceMsat(directory: string, order: KeyedOrder): Promise<bigint | null> {
    const earlier = await read(join(directory, fileName(order)));
    return earlier && BigInt(earlier.priceMsat);
  }

  get idempotencyKey(): string {
    return this.#stored.idempotencyKey;
  }

  get newOrder(): KeyedOrder {
    return this.#stored.newOrder;
  }

  get orderId(): string | undefined {
    return this.#stored.orderId;
  }

  get priceMsat(): bigint {
    return BigInt(this.#stored.priceMsat);
  }

  /** The invoice that may be paid already, by its hash; null when none is. */
  get mayBePaid(): string | null {
    return this.#stored.mayBePaid ? (this.#stored.paymentHash ?? null) : null;
  }

  /** Whether another invoice than this one was given to a wallet: an order has but one. */
  hasOther(paymentHash: string): boolean {
    return this.#stored.paymentHash !== undefined && this.#stored.paymentHash !== paymentHash;
  }

  rememberOrder(orderId: string): Promise<void> {
    return this.#note({ orderId });
  }

  /** Remembers the invoice that a wallet is about to be given. */
  rememberInvoice(paymentHash: string): Promise<void> {
    return this.#note({ paymentHash, mayBePaid: true });
  }

  /** The wallet has not paid the invoice. */
  rememberUnpaid(): Promise<void> {
    return this.#note({ mayBePaid: false });
  }

  /** Forgets the purchase: it is complete, or nothing of it can be paid any more. */
  async forget(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async #note(changed: Partial<Stored>): Promise<void> {
    this.#stored = { ...this.#stored, ...changed };
    await replaceFile(this.#path, format(this.#stored));
  }
}

async function read(path: string): Promise<Stored | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  return stored.parse(JSON.parse(text));
}

const format = (content: Stored) => `${JSON.stringify(content, null, 2)}\n`;

const fileName = ({ listing, plan, quantity, buyerKey }: KeyedOrder) =>
  `${listing}.${plan}.${quantity}.${buyerKey.slice(0, 16)}.json`;
