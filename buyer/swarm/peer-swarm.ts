import Hyperswarm, { type Discovery } from 'hyperswarm';
import type Protomux from 'protomux';
import { guardedMux } from '../../protocol/guarded-mux.ts';
import { leave, privateDht, type SwarmPlace } from './seeder-link.ts';

// Hyperswarm itself looks again after ten minutes: too late for whoever came a moment before the first peer.
const LOOK_AGAIN_MS = 2_000;

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
  readonly #discoveries = new Map<string, Discovery>();
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor({ bootstrap, announces, onpeer }: PeerSwarmOptions) {
    this.#announces = announces;
    const dht = bootstrap.length > 0 ? { dht: privateDht(bootstrap) } : {};
    this.#hyperswarm = new Hyperswarm(dht);
    this.#hyperswarm.on('connection', (connection) => {
      connection.on('error', () => undefined);
      const mux = guardedMux(connection);
      this.#muxes.add(mux);
      connection.once('close', () => this.#muxes.delete(mux));
      onpeer(mux);
    });
    this.#timer = setInterval(() => void this.#lookAgain(), LOOK_AGAIN_MS);
  }

  /** The streams to all peers that are connected. */
  get muxes(): ReadonlySet<Protomux> {
    return this.#muxes;
  }

  join(topic: Uint8Array): void {
    const discovery = this.#hyperswarm.join(topic, { server: this.#announces, client: true });
    this.#discoveries.set(idOf(topic), discovery);
  }

  async leave(topic: Uint8Array): Promise<void> {
    this.#discoveries.delete(idOf(topic));
    await this.#hyperswarm.leave(topic);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await leave(this.#hyperswarm);
  }

  // One look begun while another is under way would end that one.
  async #lookAgain(): Promise<void> {
    if (this.#muxes.size > 0 || this.#isLooking) return;
    this.#isLooking = true;
    const how = { server: this.#announces, client: true };
    await Promise.allSettled([...this.#discoveries.values()].map((each) => each.refresh(how)));
    this.#isLooking = false;
  }
}

const idOf = (topic: Uint8Array) => Buffer.from(topic).toString('hex');
