import DHT, { type Connection, type KeyPair, type NodeAddress } from 'hyperdht';
import Hyperswarm from 'hyperswarm';
import { Admission, MAX_STRANGERS_AT_ONCE } from './admission.ts';
import { ConnectionsByKey } from './connections-by-key.ts';
import type { Desk } from './desk.ts';
import type { Gate } from './gate.ts';
import type { Greeting } from './greeting.ts';
import { within } from './loop.ts';
import type { Messenger } from './messenger.ts';
import type { Mirrors } from './mirrors.ts';
import { PeerChannel, type PeerNews } from './peer-channel.ts';
import type { Siblings } from './siblings.ts';

const MAX_PEERS = 4_096;
/** How many connections of one key there may be at once: what a plan without a limit of its own allows. */
const MAX_OF_ONE_KEY = 64;
const GOODBYE_MS = 3_000;
const LOOPBACK = '127.0.0.1';

export interface SwarmOptions {
  gate: Gate;
  greeting: Pick<Greeting, 'onconnection'>;
  news: PeerNews;
  /** null: nothing is sold here. */
  desk: Pick<Desk, 'onconnection'> | null;
  messenger: Pick<Messenger, 'onconnection'>;
  mirrors: Pick<Mirrors, 'isSource' | 'onconnection'>;
  siblings: Pick<Siblings, 'has' | 'onconnection'>;
  keyPair: KeyPair;
  /** The nodes of a private DHT; null for the public one. */
  bootstrap: NodeAddress[] | null;
  maxPeers?: number;
}

/**
 * Where peers come in: every connection goes to the gate, that of a seller's own machine to its mirrors, and that of
 * another seeder to its siblings.
 */
export class SeederSwarm implements AsyncDisposable {
  readonly #swarm: Hyperswarm;
  readonly #gate: Gate;
  readonly #greeting: SwarmOptions['greeting'];
  readonly #news: PeerNews;
  readonly #desk: SwarmOptions['desk'];
  readonly #messenger: SwarmOptions['messenger'];
  readonly #mirrors: SwarmOptions['mirrors'];
  readonly #siblings: SwarmOptions['siblings'];
  readonly #byKey: ConnectionsByKey;
  readonly #byHost = new Map<string, Set<Connection>>();
  readonly #maxPeers: number;

  /** Announces nothing yet; {@link listen} makes it reachable by its key. */
  constructor(options: SwarmOptions) {
    const { keyPair, bootstrap, maxPeers = MAX_PEERS } = options;
    this.#gate = options.gate;
    this.#greeting = options.greeting;
    this.#news = options.news;
    this.#desk = options.desk;
    this.#messenger = options.messenger;
    this.#mirrors = options.mirrors;
    this.#siblings = options.siblings;
    this.#maxPeers = maxPeers;
    this.#swarm = new Hyperswarm({ dht: openDht(bootstrap), keyPair, maxPeers });
    // Of a machine that calls us, or that we call, there is one connection: it may come up from both ends at once. But
    // anybody's key may be named by a seller as his machine's: whoever holds a grant keeps all machines that he has.
    const isSingle = (key: Uint8Array) => this.#isPartner(key) && !this.#gate.admits(key);
    this.#byKey = ConnectionsByKey.into(this.#swarm, isSingle);
    this.#admitWithoutBans();
    this.#swarm.on('connection', (connection) => this.#onconnection(connection));
  }

  /** The key that buyers reach this seeder by. */
  get key(): Buffer {
    return this.#swarm.keyPair.publicKey;
  }

  /** How many peers are connected. */
  get peers(): number {
    return this.#swarm.connections.size;
  }

  /** Accepts connections to our key. */
  listen(): Promise<void> {
    return this.#swarm.listen();
  }

  /** Lets buyers find us by the discovery key of a feed's first core: whoever knows a listing's key knows where to look. */
  announce(discoveryKey: Uint8Array): void {
    this.#swarm.join(discoveryKey, { server: true, client: false });
  }

  /** Connects to a seller's machine or another seeder, and again after it was away. */
  dial(peerKey: Buffer): void {
    this.#swarm.joinPeer(peerKey);
  }

  /** Calls a machine no more. */
  forget(peerKey: Buffer): void {
    this.#swarm.leavePeer(peerKey);
  }

  /** Takes our announcements back, so that nobody tries a dead address; but not for long. */
  async [Symbol.asyncDispose](): Promise<void> {
    await within(GOODBYE_MS, this.#swarm.destroy());
    if (!this.#swarm.dht.destroyed) await this.#swarm.destroy({ force: true });
  }

  // Hyperswarm's own firewall option bans for good whom it refuses; the DHT server's does not.
  #admitWithoutBans(): void {
    const admission = new Admission({
      expects: (key) => this.#expects(key),
      isFull: () => this.peers >= this.#maxPeers,
      strangersFrom: (host) => this.#strangersFrom(host),
    });
    const { server } = this.#swarm;
    const inner = server.firewall;
    server.firewall = (key, payload, address) =>
      admission.refuses(key, address?.host) || inner(key, payload, address);
  }

  #onconnection(connection: Connection): void {
    const isRefused =
      this.#isOneTooMany(connection) ||
      (this.peers > this.#maxPeers && !this.#makeRoom(connection));
    if (isRefused) {
      connection.on('error', noop);
      connection.destroy();
      return;
    }
    this.#countByHost(connection);
    const channel = new PeerChannel(connection, this.#news);
    this.#greeting.onconnection(channel);
    this.#gate.onconnection(connection, channel);
    this.#desk?.onconnection(connection, channel);
    this.#messenger.onconnection(connection, channel);
    this.#mirrors.onconnection(connection);
    this.#siblings.onconnection(connection);
  }

  // Several may have been admitted before the first of them was connected.
  #isOneTooMany({ remotePublicKey, rawStream }: Connection): boolean {
    if (this.#byKey.countOf(remotePublicKey) > MAX_OF_ONE_KEY) return true;
    if (this.#expects(remotePublicKey)) return false;
    return this.#strangersFrom(rawStream.remoteHost) >= MAX_STRANGERS_AT_ONCE;
  }

  #countByHost(connection: Connection): void {
    const { remoteHost } = connection.rawStream;
    const connections = this.#byHost.get(remoteHost) ?? new Set();
    this.#byHost.set(remoteHost, connections.add(connection));
    connection.on('close', () => {
      connections.delete(connection);
      if (connections.size === 0 && this.#byHost.get(remoteHost) === connections) {
        this.#byHost.delete(remoteHost);
      }
    });
  }

  #strangersFrom(host: string): number {
    const connections = [...(this.#byHost.get(host) ?? [])];
    return connections.filter(({ remotePublicKey }) => !this.#expects(remotePublicKey)).length;
  }

  // A full house is for those who paid, and for what they paid for: the longest connected other gives way.
  #makeRoom(newcomer: Connection): boolean {
    for (const connection of this.#swarm.connections) {
      if (connection === newcomer || this.#expects(connection.remotePublicKey)) continue;
      connection.destroy();
      return this.#expects(newcomer.remotePublicKey);
    }
    return this.#expects(newcomer.remotePublicKey) && this.#takeRoom(newcomer);
  }

  // Of those who paid, one that has more than one connection gives one to him who has none.
  #takeRoom(newcomer: Connection): boolean {
    if (this.#byKey.countOf(newcomer.remotePublicKey) > 1) return false;
    for (const connection of this.#swarm.connections) {
      if (this.#byKey.countOf(connection.remotePublicKey) === 1) continue;
      connection.destroy();
      return true;
    }
    return false;
  }

  #expects(key: Uint8Array): boolean {
    return this.#gate.admits(key) || this.#isPartner(key);
  }

  #isPartner(key: Uint8Array): boolean {
    return this.#mirrors.isSource(key) || this.#siblings.has(key);
  }
}

function openDht(bootstrap: NodeAddress[] | null): DHT {
  if (!bootstrap) return new DHT();
  const isLocal = bootstrap.every(({ host }) => host === LOOPBACK);
  return new DHT(isLocal ? { bootstrap, host: LOOPBACK } : { bootstrap });
}

function noop(): void {}
