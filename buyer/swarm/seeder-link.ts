import DHT from 'hyperdht';
import Hyperswarm, { type Connection, type KeyPair } from 'hyperswarm';
import type { Market } from '../../contract/index.ts';

const WATCH_MS = 500;
const DIAL_MS = 5_000;
const REFRESH_MS = 60_000;
const REFRESH_WHEN_ONE_IS_MISSING_MS = 10_000;
// One that was stopped is off the market's list until it is back.
const MISSED_FOR_MS = 5 * 60_000;
const FIRST_REBUILD_MS = 4_000;
const MAX_REBUILD_MS = 30_000;
const REBUILD_FACTOR = 1.5;
const LEAVE_TIMEOUT_MS = 1_000;

/** Where a market's seeders are: their Noise keys as far as known, and the DHT's bootstrap nodes (none: the public DHT). */
export type SwarmPlace = Market['swarm'];

export interface SeederLinkOptions {
  keyPair: KeyPair;
  place: SwarmPlace;
  /** Asked again now and then, and when seeders have been gone for a while: they may have come back elsewhere. */
  refresh?: () => Promise<SwarmPlace>;
  /** Whether to keep a connection; `isListed`: to a seeder that the place names. One that is not kept is destroyed. */
  onconnection: (connection: Connection, isListed: boolean) => Promise<boolean>;
}

/**
 * Keeps connections to all of the market's seeders, so that the death of one is no pause. Hyperswarm gives a peer up
 * after a few attempts, so whoever is missing is called again and again; and it remembers a dead DHT, so after some seconds
 * without any seeder the swarm is made anew from what the market says then.
 */
export class SeederLink {
  readonly #options: SeederLinkOptions;
  readonly #connections = new Set<Connection>();
  readonly #topics = new Map<string, Uint8Array>();
  /** When a seeder that is on no list, but was kept, was last seen. */
  readonly #met = new Map<string, number>();
  #place: SwarmPlace;
  #hyperswarm: Hyperswarm;
  #timer: NodeJS.Timeout;
  #listed: ReadonlySet<string> = new Set();
  #dialledAtMs = Date.now();
  #refreshedAtMs = Date.now();
  #lostAtMs = Number.NEGATIVE_INFINITY;
  #aloneSinceMs = Date.now();
  #rebuildAfterMs = FIRST_REBUILD_MS;
  #rebuilding: Promise<void> | null = null;
  #closed = false;

  constructor(options: SeederLinkOptions) {
    this.#options = options;
    this.#place = options.place;
    this.#hyperswarm = this.#enter(options.place);
    this.#timer = setInterval(() => this.#watch(), WATCH_MS);
  }

  get connected(): boolean {
    return this.#connections.size > 0;
  }

  /** How long there has been no seeder, in milliseconds; 0 while there is one. */
  get aloneForMs(): number {
    return this.connected ? 0 : Date.now() - this.#aloneSinceMs;
  }

  /** Also looks for seeders that announce this topic: the discovery key of a feed's first core. */
  join(topic: Uint8Array): void {
    const id = Buffer.from(topic).toString('hex');
    if (this.#topics.has(id)) return;
    this.#topics.set(id, topic);
    this.#hyperswarm.join(topic, { server: false, client: true });
  }

  /** Calls these seeders, too. */
  list(seeders: readonly string[]): void {
    const fresh = seeders.filter((key) => !this.#listed.has(key));
    this.#place = { ...this.#place, seeders: [...this.#place.seeders, ...fresh] };
    this.#listed = new Set([...this.#listed, ...fresh]);
    for (const key of fresh) this.#hyperswarm.joinPeer(Buffer.from(key, 'hex'));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#rebuilding;
    await leave(this.#hyperswarm);
  }

  #enter({ bootstrap, seeders }: SwarmPlace): Hyperswarm {
    const dht = bootstrap.length > 0 ? { dht: privateDht(bootstrap) } : {};
    const hyperswarm = new Hyperswarm({ keyPair: this.#options.keyPair, ...dht });
    hyperswarm.on('connection', (connection) => void this.#welcome(connection));
    this.#listed = new Set(seeders);
    for (const seeder of seeders) hyperswarm.joinPeer(Buffer.from(seeder, 'hex'));
    for (const topic of this.#topics.values()) {
      hyperswarm.join(topic, { server: false, client: true });
    }
    return hyperswarm;
  }

  // Blocks are for the market's seeders to give: whoever else announces a topic gets nothing of us.
  async #welcome(connection: Connection): Promise<void> {
    connection.on('error', () => undefined);
    const key = keyOf(connection);
    const isKept = await this.#options.onconnection(connection, this.#listed.has(key));
    if (!isKept || this.#closed) connection.destroy();
    if (connection.destroyed) return;
    this.#connections.add(connection);
    if (!this.#listed.has(key)) this.#met.set(key, Date.now());
    this.#rebuildAfterMs = FIRST_REBUILD_MS;
    connection.once('close', () => {
      this.#connections.delete(connection);
      this.#lostAtMs = Date.now();
      if (this.#met.has(key)) this.#met.set(key, Date.now());
      if (this.#connections.size === 0) this.#aloneSinceMs = Date.now();
    });
  }

  #watch(): void {
    this.#callMissing();
    if (this.connected || this.#rebuilding || this.aloneForMs < this.#rebuildAfterMs) return;
    this.#rebuildAfterMs = Math.min(this.#rebuildAfterMs * REBUILD_FACTOR, MAX_REBUILD_MS);
    this.#rebuilding = this.#rebuild().finally(() => {
      this.#rebuilding = null;
    });
  }

  #callMissing(): void {
    const missing = this.#missing();
    const isMissing = missing.length > 0 || Date.now() - this.#lostAtMs < MISSED_FOR_MS;
    const refreshMs = isMissing ? REFRESH_WHEN_ONE_IS_MISSING_MS : REFRESH_MS;
    if (Date.now() - this.#refreshedAtMs >= refreshMs) void this.#refresh();
    if (Date.now() - this.#dialledAtMs < DIAL_MS) return;
    this.#dialledAtMs = Date.now();
    for (const key of missing) this.#hyperswarm.joinPeer(Buffer.from(key, 'hex'));
  }

  #missing(): string[] {
    const connected = new Set([...this.#connections].map(keyOf));
    for (const [key, seenAtMs] of this.#met) {
      const isGone = !connected.has(key) && Date.now() - seenAtMs > MISSED_FOR_MS;
      if (!isGone) continue;
      this.#met.delete(key);
      if (!this.#listed.has(key)) this.#hyperswarm.leavePeer(Buffer.from(key, 'hex'));
    }
    return [...new Set([...this.#listed, ...this.#met.keys()])].filter(
      (key) => !connected.has(key),
    );
  }

  // A market that does not answer has not shut its seeders.
  async #refresh(): Promise<void> {
    this.#refreshedAtMs = Date.now();
    const place = await this.#options.refresh?.().catch(() => null);
    if (!place || this.#closed || this.#rebuilding || place.seeders.length === 0) return;
    for (const key of this.#listed) {
      if (!place.seeders.includes(key)) this.#hyperswarm.leavePeer(Buffer.from(key, 'hex'));
    }
    this.#listed = new Set(place.seeders);
    for (const key of this.#listed) this.#hyperswarm.joinPeer(Buffer.from(key, 'hex'));
  }

  async #rebuild(): Promise<void> {
    const place = (await this.#options.refresh?.().catch(() => null)) ?? this.#place;
    if (this.#closed || this.connected) return;
    await leave(this.#hyperswarm);
    this.#hyperswarm = this.#enter(place);
    this.#rebuildAfterMs += this.aloneForMs;
  }
}

/** A DHT of these bootstrap nodes; bound to the loopback interface where they are. */
export function privateDht(bootstrap: SwarmPlace['bootstrap']): DHT {
  const isLocal = bootstrap.every(({ host }) => host === '127.0.0.1');
  return new DHT({ bootstrap, ...(isLocal && { host: '127.0.0.1' }) });
}

/** Leaves politely, but not for long: a dead DHT must not hold up the end of the program. */
export async function leave(hyperswarm: Hyperswarm): Promise<void> {
  for (const connection of hyperswarm.connections) connection.end();
  const polite = hyperswarm.destroy().then(() => true);
  const inTime = await Promise.race([polite, after(LEAVE_TIMEOUT_MS)]);
  if (!inTime) await Promise.race([hyperswarm.destroy({ force: true }), after(LEAVE_TIMEOUT_MS)]);
}

function after(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, ms, false).unref());
}

const keyOf = ({ remotePublicKey }: Connection) => remotePublicKey.toString('hex');
