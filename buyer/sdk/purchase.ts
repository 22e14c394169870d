import { EventEmitter } from 'node:events';
import type Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import type Hyperdrive from 'hyperdrive';
import type { Json } from '../../domain/message.ts';
import type { Expiring, Invalid, Message, OrderState, Valid } from '../../protocol/messages.ts';
import { SealError } from '../../protocol/seal-error.ts';
import type { Failure } from '../failure.ts';
import { readBlocks } from '../pull/block-reader.ts';
import { notCovered } from '../pull/pull.ts';
import { Interrupted, Watch } from '../pull/watch.ts';
import { sealFailure } from '../seal-failure.ts';
import type { Access } from '../swarm/access.ts';
import type { FeedReplica } from '../swarm/feed-replica.ts';
import type { OrderOptions } from './order-access.ts';
import type { Renewal } from './renewal.ts';

/** What happens to a purchase. Each is told once, however many seeders say it. */
export interface PurchaseEvents {
  /** Access is there, or its end has moved. */
  valid: [Valid];
  /** No seeder lets the buyer in any more: why, and what is on sale. */
  invalid: [Invalid];
  /** Access ends soon. */
  expiring: [Expiring];
  /** The next period is bought and paid. */
  renewed: [OrderState];
  /** Renewing failed, and is tried again later; the code is `budget-spent` where the budget does not allow it. */
  'renewal-failed': [Failure];
  /** The seller says something; told from the first listener on, with what came while none was there. */
  message: [Message];
  close: [];
}

/** Which blocks to read. */
export interface BlockRange {
  /** The first block; left out: the first that the access covers. */
  from?: number;
  /** Stop before this block. */
  to?: number;
  /** Wait for new blocks, until access ends. */
  live?: boolean;
  signal?: AbortSignal;
}

/** What extends a purchase; wallet and accepted terms are those that it was opened with unless said. */
export type ExtendOptions = Partial<OrderOptions>;

/** What a purchase needs of where it was made. */
export interface PurchaseSurroundings {
  /** Buys more; of the plan of before where none is named. */
  extend: (plan: string | undefined, options: ExtendOptions) => Promise<OrderState>;
  send: (name: string, body: Json) => Promise<void>;
  /** Calls with each message of the seller, once. Resolves to what ends that and waits until it is noted. */
  hear: (on: (message: Message) => void) => Promise<() => Promise<void>>;
  renew: ((purchase: Purchase) => Renewal) | null;
  onclose: () => Promise<void>;
}

/** Access to one feed that was bought: its data, how long it lasts, and what happens to it. */
export class Purchase extends EventEmitter<PurchaseEvents> implements AsyncDisposable {
  readonly #replica: FeedReplica;
  readonly #surroundings: PurchaseSurroundings;
  readonly #renewal: Renewal | null;
  readonly #closing = new AbortController();
  #told = '';
  #expiringAtMs: number | null = null;
  #hearing: Promise<() => Promise<void>> | null = null;

  constructor(replica: FeedReplica, surroundings: PurchaseSurroundings) {
    super();
    this.#replica = replica;
    this.#surroundings = surroundings;
    replica.on('valid', this.#onvalid);
    replica.on('invalid', this.#oninvalid);
    replica.on('expiring', this.#onexpiring);
    // Node's own event, which stands in no list of events.
    (this as EventEmitter).on('newListener', this.#onlistener);
    this.#told = stateOf(replica.access);
    this.#renewal = surroundings.renew?.(this) ?? null;
    replica.mayComeBack = () => this.#renewal?.isHopeful ?? false;
  }

  /** The first core of the feed: a Hypercore's blocks, a Hyperbee's tree, the names of a Hyperdrive's files. */
  get core(): Hypercore {
    return this.#replica.core;
  }

  /** @throws Failure when the feed is no Hyperbee */
  get bee(): Hyperbee {
    return this.#replica.bee;
  }

  /** @throws Failure when the feed is no Hyperdrive */
  get drive(): Hyperdrive {
    return this.#replica.drive;
  }

  /** The copy of the feed beneath, with all its cores. */
  get replica(): FeedReplica {
    return this.#replica;
  }

  /** How the buyer stands with the feed, as the connected seeders say. */
  get access(): Access {
    return this.#replica.access;
  }

  /** When access ends or ended, by the market's clock; null: no end, or none told yet. */
  get expiresAt(): Date | null {
    const { expiresAtMs } = this.#replica;
    return expiresAtMs === null ? null : new Date(expiresAtMs);
  }

  /** What is left of it, in ms; Infinity without an end, 0 without access. */
  get timeLeft(): number {
    const { access, expiresAtLocalMs } = this.#replica;
    if (access.state === 'invalid' || this.#replica.lastValid === null) return 0;
    return expiresAtLocalMs === null ? Infinity : Math.max(0, expiresAtLocalMs - Date.now());
  }

  /** The first block that the access covers. */
  get fromBlock(): number {
    return this.#replica.fromBlock;
  }

  /**
   * The blocks in order, each verified against the feed's key. Ends at the end of the feed, or with `live` never by itself.
   *
   * @throws Failure: `not-covered`, `access-ended`, `no-seeder`, `stalled`; of a sealed feed also `no-key`, `seal-broken`
   */
  async *blocks(range: BlockRange = {}): AsyncGenerator<Buffer, void, void> {
    const { live = false, to = Infinity } = range;
    const signals = [this.#closing.signal, ...(range.signal ? [range.signal] : [])];
    const signal = AbortSignal.any(signals);
    const watch = new Watch({ replica: this.#replica, live, signal });
    try {
      await watch.admission();
      const from = range.from ?? this.fromBlock;
      if (from < this.fromBlock) throw notCovered(from, this.fromBlock);
      const end = Math.min(await watch.currentLength(), to);
      const reading = {
        core: this.core,
        from,
        end: () => (live ? Math.min(this.core.length, to) : end),
        more: () => (live ? this.#more(watch, from, to) : Promise.resolve(false)),
        stopped: watch.stopped,
      };
      for await (const batch of readBlocks(reading)) {
        watch.progressed();
        yield* batch;
      }
    } catch (error) {
      if (error instanceof Interrupted) return;
      throw error instanceof SealError ? sealFailure(error) : error;
    } finally {
      watch.close();
    }
  }

  /** Buys more of it, one period of the same plan unless said; what is left is added to. @throws Failure */
  extend(plan?: string, quantity?: number, options: ExtendOptions = {}): Promise<OrderState> {
    const more = quantity === undefined ? options : { ...options, quantity };
    return this.#surroundings.extend(plan, more);
  }

  /** Says something to the seller: a name for what it is, and a body of up to 16 KiB. @throws Failure */
  send(name: string, body: Json): Promise<void> {
    return this.#surroundings.send(name, body);
  }

  /** Calls with what the seller says under that name, each message once. @returns what ends that */
  receive(name: string, handler: (body: Json, message: Message) => void): () => void {
    const chosen = (message: Message) => {
      if (message.name === name) handler(message.body, message);
    };
    this.on('message', chosen);
    return () => void this.off('message', chosen);
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    const replica = this.#replica;
    replica.off('valid', this.#onvalid);
    replica.off('invalid', this.#oninvalid);
    replica.off('expiring', this.#onexpiring);
    await (await this.#hearing?.catch(() => null))?.();
    await this.#renewal?.close();
    await this.#surroundings.onclose();
    this.emit('close');
    this.removeAllListeners();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #more(watch: Watch, from: number, to: number): Promise<boolean> {
    return watch.moreThan(Math.max(from, this.core.length), Number.isFinite(to) ? to : undefined);
  }

  readonly #onvalid = (report: Valid): void => {
    if (this.#tells()) this.emit('valid', report);
  };

  // Another seeder may still let the buyer in.
  readonly #oninvalid = (report: Invalid): void => {
    if (this.access.state === 'invalid' && this.#tells()) this.emit('invalid', report);
  };

  readonly #onexpiring = (notice: Expiring): void => {
    if (notice.expiresAtMs === this.#expiringAtMs) return;
    this.#expiringAtMs = notice.expiresAtMs;
    this.emit('expiring', notice);
  };

  // What nobody listens to would count as read.
  readonly #onlistener = (event: string | symbol): void => {
    if (event !== 'message' || this.#hearing) return;
    this.#hearing = this.#surroundings.hear((message) => this.emit('message', message));
    this.#hearing.catch(() => undefined);
  };

  #tells(): boolean {
    const state = stateOf(this.access);
    const isNew = state !== this.#told;
    this.#told = state;
    return isNew;
  }
}

const stateOf = (access: Access) => JSON.stringify(access);
