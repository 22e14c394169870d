import DHT, { type Connection, type KeyPair, type NodeAddress } from 'hyperdht';
import Hyperswarm from 'hyperswarm';
import { Admission } from './admission.ts';
import type { Gate } from './gate.ts';
import { within } from './loop.ts';

const MAX_PEERS = 4_096;
const GOODBYE_MS = 3_000;
const LOOPBACK = '127.0.0.1';

export interface SwarmOptions {
  gate: Gate;
  keyPair: KeyPair;
  /** The nodes of a private DHT; null for the public one. */
  bootstrap: NodeAddress[] | null;
  maxPeers?: number;
}

/** Where peers come in: every connection goes to the gate, and to nothing else. */
export class SeederSwarm implements AsyncDisposable {
  readonly #swarm: Hyperswarm;
  readonly #gate: Gate;
  readonly #maxPeers: number;

  /** Announces nothing yet; {@link listen} makes it reachable by its key. */
  constructor({ gate, keyPair, bootstrap, maxPeers = MAX_PEERS }: SwarmOptions) {
    this.#gate = gate;
    this.#maxPeers = maxPeers;
    this.#swarm = new Hyperswarm({ dht: openDht(bootstrap), keyPair, maxPeers });
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

  /** Lets buyers find us by a feed's discovery key. */
  announce(discoveryKey: Uint8Array): void {
    this.#swarm.join(discoveryKey, { server: true, client: false });
  }

  /** Takes our announcements back, so that nobody tries a dead address; but not for long. */
  async [Symbol.asyncDispose](): Promise<void> {
    await within(GOODBYE_MS, this.#swarm.destroy());
    if (!this.#swarm.dht.destroyed) await this.#swarm.destroy({ force: true });
  }

  // Hyperswarm's own firewall option bans for good whom it refuses; the DHT server's does not.
  #admitWithoutBans(): void {
    const isFull = () => this.peers >= this.#maxPeers;
    const admission = new Admission((key) => this.#gate.admits(key), isFull);
    const { server } = this.#swarm;
    const inner = server.firewall;
    server.firewall = (key, payload, address) =>
      admission.refuses(key) || inner(key, payload, address);
  }

  #onconnection(connection: Connection): void {
    if (this.peers > this.#maxPeers && !this.#makeRoom(connection)) {
      connection.on('error', noop);
      connection.destroy();
      return;
    }
    this.#gate.onconnection(connection);
  }

  // A full house is for those who paid: the longest connected one who did not gives way.
  #makeRoom(newcomer: Connection): boolean {
    for (const connection of this.#swarm.connections) {
      if (connection === newcomer || this.#gate.admits(connection.remotePublicKey)) continue;
      connection.destroy();
      return this.#gate.admits(newcomer.remotePublicKey);
    }
    return false;
  }
}

function openDht(bootstrap: NodeAddress[] | null): DHT {
  if (!bootstrap) return new DHT();
  const isLocal = bootstrap.every(({ host }) => host === LOOPBACK);
  return new DHT(isLocal ? { bootstrap, host: LOOPBACK } : { bootstrap });
}

function noop(): void {}
