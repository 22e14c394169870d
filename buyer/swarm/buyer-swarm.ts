import type Corestore from 'corestore';
import crypto from 'hypercore-crypto';
import type { Connection, KeyPair } from 'hyperswarm';
import { guardBees } from '../../protocol/guarded-bees.ts';
import type { Invalid, Message, OrderState, Valid } from '../../protocol/messages.ts';
import { peerTopic } from '../../protocol/peer-topic.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { openBlockStore } from './block-store.ts';
import { type FeedDescription, FeedReplica, type FeedSurroundings } from './feed-replica.ts';
import { Inbox } from './inbox.ts';
import { PeerSwarm } from './peer-swarm.ts';
import { SeederLink, type SwarmPlace } from './seeder-link.ts';
import { type Question, SeederGone, SeederSession } from './seeder-session.ts';

const FIND_SEEDER_MS = 20_000;
const LOOK_MS = 50;

export interface BuyerSwarmOptions {
  /** Directory of the market's Corestore, one process at a time; it is opened with the first feed. */
  storeDir: string;
  /** Who buys at this market. */
  keyPair: KeyPair;
  /** 16 bytes in hex that stay the same on this machine. */
  device: string;
  /** The market's signing key, in hex: whom it attests is a seeder. */
  marketKey: string;
  place: SwarmPlace;
  /** Where the market says that its seeders are now; left out where nobody can be asked: then attestations alone count. */
  refresh?: () => Promise<SwarmPlace>;
  /** Whether others may fetch the sealed feeds that are open here from us. */
  passesOn?: boolean;
}

type OnOrder = (order: OrderState) => void;

/**
 * A buyer among the seeders of one market: one Hyperswarm for one key, one channel to each seeder, one store, and any
 * number of feeds.
 */
export class BuyerSwarm implements FeedSurroundings, AsyncDisposable {
  readonly #options: BuyerSwarmOptions;
  #store: Promise<Corestore> | null = null;
  readonly #link: SeederLink;
  readonly #sessions = new Set<SeederSession>();
  readonly #feeds = new Map<string, FeedReplica>();
  readonly #opening = new Map<string, Promise<FeedReplica>>();
  readonly #orderWatchers = new Set<OnOrder>();
  #peers: PeerSwarm | null = null;
  readonly #inboxes = new Set<Inbox>();
  readonly #standing = new Map<string, (report: Valid | Invalid) => void>();
  #closed = false;

  /** Starts looking for seeders. */
  constructor(options: BuyerSwarmOptions) {
    guardBees();
    this.#options = options;
    const { keyPair, place, refresh } = options;
    this.#link = new SeederLink({
      keyPair,
      place,
      ...(refresh && { refresh }),
      onconnection: (connection, isListed) => this.#meet(connection, isListed),
    });
  }

  get buyerKey(): Uint8Array {
    return this.#options.keyPair.publicKey;
  }

  /** Whether a seeder of the market is connected. */
  get connected(): boolean {
    return this.#sessions.size > 0;
  }

  /** How long there has been no seeder, in milliseconds. */
  get aloneForMs(): number {
    return this.#link.aloneForMs;
  }

  /** Our copy of a feed: opened once, then the same one. @throws Failure when another process has the store */
  feed(description: FeedDescription): Promise<FeedReplica> {
    const { feedId } = description;
    const known = this.#opening.get(feedId);
    if (known) return known;
    const opening = this.#open(description);
    this.#opening.set(feedId, opening);
    opening.catch(() => this.#opening.delete(feedId));
    return opening;
  }

  /** Forgets a replica that closes. */
  async forget({ feedId, cores, isSealed }: FeedReplica): Promise<void> {
    this.#opening.delete(feedId);
    this.#feeds.delete(feedId);
    const keys = isSealed ? [...cores.values()].map((each) => each.core.key) : [];
    for (const key of keys) await this.#peers?.leave(peerTopic(key));
  }

  /** Also calls these seeders, in hex, which are believed no more than others. */
  know(seeders: readonly string[]): void {
    this.#link.list(seeders);
  }

  /** Also looks for the market's seeders under this topic: the discovery key of a feed's first core. */
  seek(topic: Uint8Array): void {
    this.#link.join(topic);
  }

  /**
   * Asks a seeder, and another one when it goes away meanwhile: what is asked must be safe to repeat.
   *
   * @throws SeederRefusal, or Failure when no seeder is found.
   */
  async ask(question: Question, signal?: AbortSignal): Promise<unknown> {
    const giveUpAtMs = Date.now() + FIND_SEEDER_MS;
    for (;;) {
      signal?.throwIfAborted();
      for (const session of this.#sessions) {
        try {
          return await session.ask(question);
        } catch (error) {
          if (!(error instanceof SeederGone)) throw error;
        }
      }
      if (this.#closed || Date.now() > giveUpAtMs) throw noSeeder();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Calls with every change of an order of this buyer that a seeder tells. @returns what ends that */
  onOrder(watcher: OnOrder): () => void {
    this.#orderWatchers.add(watcher);
    return () => void this.#orderWatchers.delete(watcher);
  }

  /**
   * Calls with each message about a feed that its seller sends to this buyer, once and in order, whoever of the seeders
   * goes and comes.
   *
   * @param after the last message that was had; `0`: all that is kept
   * @returns what ends that
   */
  hear(feedId: string, after: string, onMessage: (message: Message) => void): () => void {
    const inbox = new Inbox(feedId, after, onMessage);
    this.#inboxes.add(inbox);
    for (const session of this.#sessions) this.#subscribe(session, feedId);
    return () => void this.#inboxes.delete(inbox);
  }

  /** How this buyer stands with a feed, without opening it; null when no seeder says in that time. */
  async standing(feedId: string, withinMs: number): Promise<Valid | Invalid | null> {
    const heard = Promise.withResolvers<Valid | Invalid | null>();
    const timer = setTimeout(heard.resolve, withinMs, null);
    this.#standing.set(feedId, heard.resolve);
    for (const session of this.#sessions) this.#subscribe(session, feedId);
    try {
      return await heard.promise;
    } finally {
      clearTimeout(timer);
      this.#standing.delete(feedId);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const replica of [...this.#feeds.values()]) await replica.close();
    await this.#peers?.close();
    await this.#link.close();
    await (await this.#store?.catch(() => null))?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #meet(connection: Connection, isListed: boolean): Promise<boolean> {
    const { marketKey, device } = this.#options;
    const listed = isListed && this.#options.refresh !== undefined;
    const session = new SeederSession(
      { connection, marketKey, isListed: listed, device },
      {
        onreport: (from, report) => {
          this.#standing.get(report.feedId)?.(report);
          this.#feeds.get(report.feedId)?.heard(from, report);
        },
        onexpiring: (notice) => this.#feeds.get(notice.feedId)?.emit('expiring', notice),
        onmessage: (message) => this.#deliver(message),
        onorder: (order) => {
          for (const watcher of this.#orderWatchers) watcher(order);
        },
        onclose: (gone) => this.#lose(gone),
      },
    );
    if (!(await session.trusted) || this.#closed) return false;
    this.#sessions.add(session);
    const inboxes = [...this.#inboxes].map(({ feedId }) => feedId);
    for (const feedId of new Set([...this.#feeds.keys(), ...inboxes, ...this.#standing.keys()]))
      this.#subscribe(session, feedId);
    this.#changed();
    return true;
  }

  #lose(session: SeederSession): void {
    if (!this.#sessions.delete(session)) return;
    for (const replica of this.#feeds.values()) replica.lost(session);
  }

  #subscribe(session: SeederSession, feedId: string): void {
    const had = this.#inboxesOf(feedId).map(({ after }) => after);
    const first = had.reduce((least, after) => (after < least ? after : least), had[0] ?? 0n);
    session.subscribe({ feedId, ...(had.length > 0 && { messagesAfter: first.toString() }) });
  }

  #inboxesOf(feedId: string): Inbox[] {
    return [...this.#inboxes].filter((inbox) => inbox.feedId === feedId);
  }

  #deliver(message: Message): void {
    for (const inbox of this.#inboxesOf(message.feedId)) inbox.heard(message);
    this.#feeds.get(message.feedId)?.emit('message', message);
  }

  #changed(): void {
    for (const replica of this.#feeds.values()) replica.emit('change');
  }

  #meetPeers(replica: FeedReplica): void {
    const { place, passesOn = false } = this.#options;
    this.#peers ??= new PeerSwarm({
      bootstrap: place.bootstrap,
      announces: passesOn,
      onpeer: (mux) => {
        for (const each of this.#feeds.values()) each.meet(mux);
      },
    });
    for (const mux of this.#peers.muxes) replica.meet(mux);
    for (const { core } of replica.cores.values()) this.#peers.join(peerTopic(core.key));
  }

  async #open(description: FeedDescription): Promise<FeedReplica> {
    const { feedId } = description;
    this.#store ??= openBlockStore(this.#options.storeDir);
    const store = await this.#store.catch((error: unknown) => {
      this.#store = null;
      throw error;
    });
    const replica = await FeedReplica.open(description, store, this);
    this.#feeds.set(feedId, replica);
    this.seek(crypto.discoveryKey(Buffer.from(replica.key, 'hex')));
    if (replica.isSealed) this.#meetPeers(replica);
    for (const session of this.#sessions) this.#subscribe(session, feedId);
    return replica;
  }
}

const noSeeder = () =>
  new Failure(
    EXIT.noSeeder,
    'no-seeder',
    `no seeder of the market reachable in ${FIND_SEEDER_MS / 1000} s`,
    'try again in a while; if it lasts, tell the market',
  );
