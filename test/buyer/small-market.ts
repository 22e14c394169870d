import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import Corestore from 'corestore';
import type Hypercore from 'hypercore';
import DHT from 'hyperdht';
import createTestnet, { type Testnet } from 'hyperdht/testnet.js';
import Hyperswarm, { type Connection } from 'hyperswarm';
import Protomux from 'protomux';
import type { Grant, Listing, Market } from '../../contract/index.ts';
import { type DazaarChannel, openChannel } from '../../protocol/channel.ts';

const FEED_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const SELLER = { id: '01890a5d-ac96-774b-bcce-b302099a8058', name: 'Small seller' };
// With three, connections from another process open on one side only.
const TESTNET_NODES = 4;
export const SLUG = 'small-feed';

interface Peer {
  mux: Protomux;
  channel: DazaarChannel | null;
  connection: Connection;
}

/**
 * A market of one feed with a real seeder on a DHT of its own, and the few answers of the HTTP API that a pull needs:
 * for what cannot be provoked in the real market at will.
 */
export class SmallMarket {
  readonly core: Hypercore;
  readonly #store: Corestore;
  readonly #testnet: Testnet;
  readonly #seeds = new Map<string, Peer>();
  readonly #keyPair = DHT.keyPair();
  readonly #http = createServer((request, response) => this.#answer(request, response));
  readonly #grants = new Map<string, Grant>();
  #swarm: Hyperswarm | null = null;
  /** How many blocks the seeder has sent. */
  uploads = 0;
  /** The seeder has not heard of any grant yet, though the market has given them. */
  isBehind = false;

  private constructor(store: Corestore, core: Hypercore, testnet: Testnet) {
    this.#store = store;
    this.core = core;
    this.#testnet = testnet;
    core.on('upload', () => {
      this.uploads += 1;
    });
  }

  static async start(directory: string, blocks: readonly string[]): Promise<SmallMarket> {
    const store = new Corestore(directory);
    await store.ready();
    const core = store.get({ name: 'feed' });
    await core.ready();
    if (blocks.length > 0) await core.append(blocks.map((block) => Buffer.from(block)));
    const testnet = await createTestnet(TESTNET_NODES, { host: '127.0.0.1' });
    const market = new SmallMarket(store, core, testnet);
    await market.startSeeder();
    await new Promise<void>((resolve) => market.#http.listen(0, '127.0.0.1', resolve));
    return market;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async startSeeder(): Promise<void> {
    const dht = new DHT({ bootstrap: this.#testnet.bootstrap, host: '127.0.0.1' });
    this.#swarm = new Hyperswarm({ dht, keyPair: this.#keyPair });
    this.#swarm.on('connection', (connection) => this.#welcome(connection));
    await this.#swarm.join(this.core.discoveryKey, { server: true, client: false }).flushed();
  }

  async stopSeeder(): Promise<void> {
    await this.#swarm?.destroy();
    this.#swarm = null;
  }

  grant(buyerKey: string, expiresAtMs: number | null): void {
    this.#grants.set(buyerKey, {
      id: randomUUID(),
      listing: SLUG,
      feedId: FEED_ID,
      buyerKey,
      state: 'live',
      startsAtMs: Date.now(),
      expiresAtMs,
      fromBlock: 0,
      maxConnections: null,
    });
    this.#tell(buyerKey);
  }

  end(buyerKey: string, state: 'expired' | 'revoked'): void {
    const grant = this.#grants.get(buyerKey);
    if (!grant) throw new Error('no grant to end');
    this.#grants.set(buyerKey, { ...grant, state });
    this.#tell(buyerKey);
  }

  /** Cuts every connection as a crash would. */
  dropPeers(): void {
    for (const { connection } of this.#seeds.values()) connection.destroy();
  }

  async stop(): Promise<void> {
    this.#http.closeAllConnections();
    this.#http.close();
    await this.stopSeeder();
    await this.#testnet.destroy();
    await this.#store.close();
  }

  #welcome(connection: Connection): void {
    connection.on('error', () => undefined);
    const buyerKey = connection.remotePublicKey.toString('hex');
    const mux = Protomux.from(connection);
    // A subscription that came with the handshake is heard while the channel is being opened.
    const onsubscribe = () => setImmediate(() => this.#tell(buyerKey));
    const peer = { mux, connection, channel: openChannel(mux, { onsubscribe }) };
    this.#seeds.set(buyerKey, peer);
    connection.on('close', () => {
      if (this.#seeds.get(buyerKey) === peer) this.#seeds.delete(buyerKey);
    });
  }

  #tell(buyerKey: string): void {
    const peer = this.#seeds.get(buyerKey);
    const grant = this.isBehind ? undefined : this.#grants.get(buyerKey);
    if (!peer) return;
    if (grant?.state === 'live') {
      const { expiresAtMs } = grant;
      if (!this.core.core.replicator.attached(peer.mux)) this.core.replicate(peer.mux);
      const nowMs = Date.now();
      const key = this.core.key.toString('hex');
      const cores = [{ role: 'data', key, fromBlock: 0 }];
      const leftMs = expiresAtMs === null ? null : Math.max(0, expiresAtMs - nowMs);
      const maxConnections = null;
      const valid = { feedId: FEED_ID, cores, expiresAtMs, leftMs, maxConnections, nowMs };
      peer.channel?.valid(valid);
      return;
    }
    this.core.core.replicator.detachFrom(peer.mux);
    for (const channel of [...peer.mux]) if (channel.protocol !== 'dazaar/2') channel.close();
    peer.channel?.invalid({ feedId: FEED_ID, reason: grant?.state ?? 'no-grant', plans: null });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const { buyerKey } =
      request.method === 'POST'
        ? ((await json(request)) as { buyerKey: string })
        : { buyerKey: '' };
    const known: Record<string, () => unknown> = {
      '/v1/market': () => this.#market(),
      '/v1/listings': () => ({ listings: [this.#listing()], nextCursor: null }),
      [`/v1/listings/${SLUG}`]: () => this.#listing(),
      // The key is its own token here.
      '/v1/tokens': () => ({
        token: buyerKey,
        buyerKey,
        feedId: null,
        expiresAtMs: Date.now(),
        nowMs: Date.now(),
      }),
      '/v1/grants': () => ({
        grants: [...this.#grants.values()].filter(
          ({ buyerKey }) => request.headers.authorization === `Bearer ${buyerKey}`,
        ),
        nowMs: Date.now(),
      }),
    };
    const answer = known[url.pathname];
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    const missing = { type: 'about:blank', title: 'Not found', status: 404, code: 'not-found' };
    response.end(JSON.stringify(answer ? answer() : missing));
  }

  #market(): Market {
    const seeders = this.#swarm ? [this.#keyPair.publicKey.toString('hex')] : [];
    const swarm = { seeders, bootstrap: this.#testnet.bootstrap };
    const publicKey = this.#keyPair.publicKey.toString('hex');
    return {
      name: 'Small market',
      publicKey,
      nowMs: Date.now(),
      network: 'sandbox',
      swarm,
      trialWorkBits: 0,
      gateways: [],
    };
  }

  #listing(): Listing {
    const { length, byteLength } = this.core;
    const core = { role: 'data', key: this.core.key.toString('hex'), length, byteLength };
    return {
      slug: SLUG,
      title: 'A small feed',
      description: 'For tests.',
      tags: [],
      licence: 'CC0',
      terms: null,
      sourceUrl: null,
      state: 'live',
      version: 1,
      seller: SELLER,
      feed: {
        id: FEED_ID,
        kind: 'hypercore',
        origin: 'hosted',
        mode: 'open',
        epochMs: null,
        copySigner: null,
        blockSchema: { type: 'object' },
        cores: [{ ...core, lastBlockAtMs: null }],
      },
      activity: { blocksLastDay: 0, bytesLastDay: 0, peers: 0 },
      preview: { from: 'last', blocks: 0 },
      settlement: 'direct',
      plans: [
        {
          name: '20s',
          kind: 'time',
          priceMsat: '1000',
          price: null,
          rateAsOfMs: null,
          periodMs: 20_000,
          history: 'all',
          historyBlocks: null,
          maxConnections: null,
          tracked: true,
        },
      ],
      provenance: null,
      publishedAtMs: 0,
    };
  }
}
