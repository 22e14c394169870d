import DHT from 'hyperdht';
import Hyperswarm, { type Connection, type KeyPair } from 'hyperswarm';
import type { Market } from '../contract/index.ts';

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

type Swarm = Market['swarm'];

export interface SeederLinkOptions {
  keyPair: KeyPair;
  /** The discovery key of the core that is sought. */
  topic: Uint8Array;
  swarm: Swarm;
  /** Asked again now and then, and when seeders have been gone for a while: they may have come back elsewhere. */
  refresh: () => Promise<Swarm>;
  onconnection: (connection: Connection) => void;
}

/**
 * Keeps connections to all of the market's seeders, so that the death of one is no pause. Hyperswarm gives a peer up
 * after a few attempts, so whoever is missing is called again and again; and it remembers a dead DHT, so after some seconds
 * without any seeder the swarm is made anew from what the market says then.
 */
export class SeederLink {
  readonly #options: SeederLinkOptions;
  readonly #connections = new Set<Connection>();
  #hyperswarm: Hyperswarm;
  #timer: NodeJS.Timeout;
  #known: ReadonlySet<string> = new Set();
  #dialledAtMs = Date.now();
  #refreshedAtMs = Date.now();
  #lostAtMs = Number.NEGATIVE_INFINITY;
  #aloneSinceMs = Date.now();
  #rebuildAfterMs = FIRST_REBUILD_MS;
  #rebuilding: Promise<void> | null = null;
  #closed = false;

  constructor(options: SeederLinkOptions) {
    this.#options = options;
    this.#hyperswarm = this.#join(options.swarm);
    this.#timer = setInterval(() => this.#watch(), WATCH_MS);
  }

  get connected(): boolean {
    return this.#connections.size > 0;
  }

  /** How long there has been no seeder, in milliseconds; 0 while there is one. */
  get aloneForMs(): number {
    return this.connected ? 0 : Date.now() - this.#aloneSinceMs;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#rebuilding;
    await leave(this.#hyperswarm);
  }

  #join({ bootstrap, seeders }: Swarm): Hyperswarm {
    const { keyPair, topic } = this.#options;
    const dht = bootstrap.length > 0 ? { dht: loopbackDht(bootstrap) } : {};
    const hyperswarm = new Hyperswarm({ keyPair, ...dht });
    hyperswarm.on('connection', (connection) => {
      // Blocks are for the market's seeders to give: whoever else announces the topic gets nothing of us.
      if (this.#known.has(connection.remotePublicKey.toString('hex'))) this.#welcome(connection);
      else connection.destroy();
    });
    this.#known = new Set(seeders);
    for (const seeder of seeders) hyperswarm.joinPeer(Buffer.from(seeder, 'hex'));
    hyperswarm.join(topic, { server: false, client: true });
    return hyperswarm;
  }

  #welcome(connection: Connection): void {
    connection.on('error', () => undefined);
    this.#connections.add(connection);
    this.#rebuildAfterMs = FIRST_REBUILD_MS;
    connection.once('close', () => {
      this.#connections.delete(connection);
      this.#lostAtMs = Date.now();
      if (this.#connections.size === 0) this.#aloneSinceMs = Date.now();
    });
    this.#options.onconnection(connection);
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
    const connected = new Set(
      [...this.#connections].map(({ remotePublicKey }) => remotePublicKey.toString('hex')),
    );
    const missing = [...this.#known].filter((key) => !connected.has(key));
    const isMissing = missing.length > 0 || Date.now() - this.#lostAtMs < MISSED_FOR_MS;
    const refreshMs = isMissing ? REFRESH_WHEN_ONE_IS_MISSING_MS : REFRESH_MS;
    if (Date.now() - this.#refreshedAtMs >= refreshMs) void this.#refresh();
    if (Date.now() - this.#dialledAtMs < DIAL_MS) return;
    this.#dialledAtMs = Date.now();
    for (const key of missing) this.#hyperswarm.joinPeer(Buffer.from(key, 'hex'));
  }

  // A market that does not answer has not shut its seeders.
  async #refresh(): Promise<void> {
    this.#refreshedAtMs = Date.now();
    const swarm = await this.#options.refresh().catch(() => null);
    if (!swarm || this.#closed || this.#rebuilding || swarm.seeders.length === 0) return;
    for (const key of this.#known) {
      if (!swarm.seeders.includes(key)) this.#hyperswarm.leavePeer(Buffer.from(key, 'hex'));
    }
    this.#known = new Set(swarm.seeders);
    for (const key of this.#known) this.#hyperswarm.joinPeer(Buffer.from(key, 'hex'));
  }

  async #rebuild(): Promise<void> {
    const swarm = await this.#options.refresh().catch(() => this.#options.swarm);
    if (this.#closed || this.connected) return;
    await leave(this.#hyperswarm);
    this.#hyperswarm = this.#join(swarm);
    this.#rebuildAfterMs += this.aloneForMs;
  }
}

function loopbackDht(bootstrap: Swarm['bootstrap']): DHT {
  const isLocal = bootstrap.every(({ host }) => host === '127.0.0.1');
  return new DHT({ bootstrap, ...(isLocal && { host: '127.0.0.1' }) });
}

/** Leaves politely, but not for long: a dead DHT must not hold up the end of the program. */
async function leave(hyperswarm: Hyperswarm): Promise<void> {
  for (const connection of hyperswarm.connections) connection.end();
  const polite = hyperswarm.destroy().then(() => true);
  const inTime = await Promise.race([polite, after(LEAVE_TIMEOUT_MS)]);
  if (!inTime) await Promise.race([hyperswarm.destroy({ force: true }), after(LEAVE_TIMEOUT_MS)]);
}

function after(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, ms, false).unref());
}
