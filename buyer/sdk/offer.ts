import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../../domain/message.ts';
import type { Card } from '../../protocol/card.ts';
import type { Invalid, Message, OrderState, PlanOffer, Valid } from '../../protocol/messages.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { MessageCursor } from '../message-cursor.ts';
import type { BuyerSwarm } from '../swarm/buyer-swarm.ts';
import type { FeedReplica } from '../swarm/feed-replica.ts';
import { SwarmDesk } from '../swarm/swarm-desk.ts';
import type { MarketPaths } from './buyer-home.ts';
import { planNamed, plansOnCard } from './card-plans.ts';
import { type OrderOptions, orderAccess, type Payer, type Shop } from './order-access.ts';
import { type ExtendOptions, Purchase } from './purchase.ts';
import { rememberPurchase } from './purchase-record.ts';
import { Renewal } from './renewal.ts';
import { RenewalLedger } from './renewal-ledger.ts';

const ADMITTED_MS = 20_000;
const REPORTED_MS = 25_000;
const UPDATED_MS = 10_000;
const LOOK_MS = 20;

/** How a purchase is renewed by itself, within a budget. */
export interface RenewOptions {
  plan: string;
  /** What may be spent for renewals within `perMs`, in msat; routing fees, which the wallet bounds, come on top. */
  budgetMsat: bigint;
  /** The length of the window that the budget is for; left out: the budget is for all time. */
  perMs?: number;
  /** How long before the end it is renewed; a tenth of the period unless said, 2 s to 1 h. */
  aheadMs?: number;
  /** What pays for it; the wallet of the purchase unless said. */
  wallet?: Payer;
}

/** How something is bought, and renewed. */
export interface BuyOptions extends OrderOptions {
  renew?: RenewOptions | undefined;
}

/** How something that was bought is opened again; a wallet is for what is bought more of it. */
export interface OpenOptions extends ExtendOptions {
  renew?: RenewOptions | undefined;
}

/** What something costs at this moment. */
export interface PriceQuote {
  priceMsat: bigint;
  /** null: access without an end. */
  durationMs: number | null;
  /** The terms of use in force: what has to be accepted. */
  termsHash: string | null;
}

/** Where an offer is made, and to whom. */
export interface OfferSurroundings {
  swarm: BuyerSwarm;
  buyerKey: string;
  paths: MarketPaths;
  onclose: () => Promise<void>;
}

/** One feed on sale at a market, as its signed card describes it; asked, bought and read over the swarm. */
export class Offer implements AsyncDisposable {
  readonly card: Card;
  /** The plans on sale, as the card has them. */
  readonly plans: readonly PlanOffer[];
  /** Who buys here: the public key of this buyer at this market, in hex. */
  readonly buyerKey: string;
  readonly #swarm: BuyerSwarm;
  readonly #desk: SwarmDesk;
  readonly #paths: MarketPaths;
  readonly #onclose: () => Promise<void>;
  #open: Promise<Purchase> | null = null;

  constructor(card: Card, { swarm, buyerKey, paths, onclose }: OfferSurroundings) {
    this.card = card;
    this.plans = plansOnCard(card);
    this.buyerKey = buyerKey;
    this.#swarm = swarm;
    this.#desk = new SwarmDesk(swarm, card.dazaar);
    this.#paths = paths;
    this.#onclose = onclose;
  }

  /** What so much of a plan costs now. @throws Failure */
  async quote(plan: string, quantity = 1): Promise<PriceQuote> {
    const { name } = planNamed(this.plans, plan);
    const { priceMsat, durationMs, termsHash } = await this.#desk.quote({ plan: name, quantity });
    return { priceMsat: BigInt(priceMsat), durationMs, termsHash };
  }

  /**
   * Buys, and opens what was bought. Killed at any point and called again with the same plan and quantity, it goes on with the
   * same order and pays once.
   *
   * @throws Failure saying what became of the money
   */
  async buy(plan: string, options: BuyOptions): Promise<Purchase> {
    const { renew, ...ordering } = options;
    await this.order(plan, ordering);
    const purchase = await this.#purchase({ ...ordering, renew }, plan);
    await this.#admitted(purchase);
    return purchase;
  }

  /** Buys without opening what was bought. @returns the paid order, its grant in it. @throws Failure */
  async order(plan: string, options: OrderOptions): Promise<OrderState> {
    const chosen = planNamed(this.plans, plan);
    await rememberPurchase(this.#paths.purchases, this.card);
    return orderAccess(this.#shop(), chosen, options);
  }

  /**
   * Opens what this key has access to, without paying; for a feed that is free it is all that is needed.
   *
   * @returns null when the seeders say that it has no access, nor is a renewal to bring it back
   * @throws Failure when no seeder is found
   */
  async purchase(options: OpenOptions = {}): Promise<Purchase | null> {
    const purchase = await this.#purchase(options, undefined);
    const { replica } = purchase;
    await until(() => replica.access.state !== 'unknown', REPORTED_MS);
    if (replica.access.state === 'valid') await updated(replica);
    else if (replica.access.state === 'unknown' || options.renew === undefined) {
      await purchase.close();
      if (replica.access.state === 'unknown') throw silent();
      return null;
    }
    return purchase;
  }

  /** How this key stands with the feed, without opening it; null when no seeder says in time. */
  standing(withinMs = REPORTED_MS): Promise<Valid | Invalid | null> {
    return this.#swarm.standing(this.card.dazaar.feedId, withinMs);
  }

  /** Whom to ask about messages of the seller, and how far they were read. @internal */
  get mail(): { swarm: BuyerSwarm; cursor: MessageCursor } {
    return {
      swarm: this.#swarm,
      cursor: new MessageCursor(this.#paths.messages, this.card.dazaar.feedId),
    };
  }

  async close(): Promise<void> {
    await (await this.#open?.catch(() => null))?.close();
    await this.#onclose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #shop(): Shop {
    const { card, buyerKey } = this;
    return { card, desk: this.#desk, buyerKey, ordersDir: this.#paths.orders };
  }

  // One replica of a feed: who opens it again gets the same purchase.
  #purchase(options: OpenOptions, plan: string | undefined): Promise<Purchase> {
    this.#open ??= this.#openPurchase(options, plan).catch((error: unknown) => {
      this.#open = null;
      throw error;
    });
    return this.#open;
  }

  async #openPurchase(options: OpenOptions, plan: string | undefined): Promise<Purchase> {
    const { feedId, kind, mode, copySigner, cores } = this.card.dazaar;
    const { renew, wallet, acceptTerms } = options;
    const standing = { ...(wallet && { wallet }), acceptTerms };
    const replica = await this.#swarm.feed({ feedId, kind, mode, copySigner, cores });
    const ledger = renew && (await RenewalLedger.open(this.#paths.renewals, feedId));
    return new Purchase(replica, {
      extend: (another, more) => this.#extend(another ?? plan, { ...standing, ...more }),
      send: (name, body) => this.#send(name, body),
      hear: (on) => this.#hear(on),
      renew: ledger ? (to) => this.#renewal(to, ledger, renew, standing) : null,
      onclose: async () => {
        this.#open = null;
        await replica.close();
      },
    });
  }

  async #send(name: string, body: Json): Promise<void> {
    const { feedId } = this.card.dazaar;
    await this.#swarm.ask({ what: 'send', feedId, messageId: randomUUID(), name, body });
  }

  /**
   * Calls with each message of the seller that was not had before, also in an earlier run.
   * @returns what ends that, and resolves when it is noted how far the messages were read
   */
  async #hear(on: (message: Message) => void): Promise<() => Promise<void>> {
    const { feedId } = this.card.dazaar;
    const { cursor } = this.mail;
    let saving = Promise.resolve();
    const stop = this.#swarm.hear(feedId, await cursor.read(), (message) => {
      on(message);
      saving = saving.then(() => cursor.write(message.seq)).catch(() => undefined);
    });
    return () => {
      stop();
      return saving;
    };
  }

  async #extend(plan: string | undefined, options: ExtendOptions): Promise<OrderState> {
    const { wallet, ...rest } = options;
    if (wallet === undefined) throw noWallet();
    return this.order(planNamed(this.plans, plan).name, { ...rest, wallet });
  }

  #renewal(
    purchase: Purchase,
    ledger: RenewalLedger,
    renew: RenewOptions,
    { wallet: bought, acceptTerms }: ExtendOptions,
  ): Renewal {
    const plan = planNamed(this.plans, renew.plan);
    const wallet = renew.wallet ?? bought;
    if (wallet === undefined) throw noWallet();
    const { budgetMsat, perMs, aheadMs } = renew;
    return new Renewal({
      replica: purchase.replica,
      ledger,
      terms: { plan, budgetMsat, perMs, aheadMs },
      quote: async () => (await this.quote(plan.name)).priceMsat,
      order: (maxPriceMsat, onProgress) =>
        orderAccess(this.#shop(), plan, { wallet, maxPriceMsat, acceptTerms, onProgress }),
      find: (orderId) => this.#desk.find(orderId),
      onrenewed: (order) => purchase.emit('renewed', order),
      onfailed: (failure) => purchase.emit('renewal-failed', failure),
    });
  }

  // What is paid is granted; a seeder that is slow to hear of it is no reason to fail.
  async #admitted({ replica }: Purchase): Promise<void> {
    if (await until(() => replica.access.state === 'valid', ADMITTED_MS)) await updated(replica);
  }
}

/** Until a seeder has told how long the feed is: before that a Hyperbee looks empty. */
async function updated({ core }: FeedReplica): Promise<void> {
  const timer = new AbortController();
  await Promise.race([
    core.update({ wait: true }).catch(() => false),
    sleep(UPDATED_MS, undefined, { signal: timer.signal }).catch(() => undefined),
  ]);
  timer.abort();
}

async function until(condition: () => boolean, withinMs: number): Promise<boolean> {
  const giveUpAtMs = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > giveUpAtMs) return false;
    await sleep(LOOK_MS);
  }
  return true;
}

const silent = () =>
  new Failure(
    EXIT.noSeeder,
    'no-seeder',
    `no seeder of the market has answered in ${REPORTED_MS / 1000} s`,
    'try again in a while; if it lasts, tell the market',
  );

const noWallet = () =>
  new Failure(EXIT.usage, 'no-wallet', 'what is to pay?', 'give a wallet with what is bought');
