import Hyperswarm from 'hyperswarm';
import Protomux from 'protomux';
import { leave, privateDht, type SwarmPlace } from './seeder-link.ts';

export interface PeerSwarmOptions {
  bootstrap: SwarmPlace['bootstrap'];
  /** Whether others find us here, and fetch from us. */
  announces: boolean;
  /** Called for each peer that is met. */
  onpeer: (mux: Protomux) => void;
}

/**
 * Where those meet who pass sealed feeds on to each other. Nobody has to be trusted: blocks are verified against the
 * core's key, and without the feed's keys they are ciphertext. Everybody comes with a key of the moment, so that nobody
 * learns what a buyer's key has bought.
 */
export class PeerSwarm {
  readonly #hyperswarm: Hyperswarm;
  readonly #announces: boolean;
  readonly #muxes = new Set<Protomux>();

  constructor({ bootstrap, announces, onpeer }: PeerSwarmOptions) {
    this.#announces = announces;
    const dht = bootstrap.length > 0 ? { dht: privateDht(bootstrap) } : {};
    this.#hyperswarm = new Hyperswarm(dht);
    this.#hyperswarm.on('connection', (connection) => {
      connection.on('error', () => undefined);
      const mux = Protomux.from(connection);
      this.#muxes.add(mux);
      connection.once('close', () => this.#muxes.delete(mux));
      onpeer(mux);
    });
  }

  /** The streams to all peers that are connected. */
  get muxes(): ReadonlySet<Protomux> {
    return this.#muxes;
  }

  join(topic: Uint8Array): void {
    this.#hyperswarm.join(topic, { server: this.#announces, client: true });
  }

  async leave(topic: Uint8Array): Promise<void> {
    await this.#hyperswarm.leave(topic);
  }

  async close(): Promise<void> {
    await leave(this.#hyperswarm);
  }
}
