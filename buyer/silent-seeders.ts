import type Hypercore from 'hypercore';
import type { ReplicatorPeer } from 'hypercore';
import type { Connection } from 'hyperswarm';
import Protomux from 'protomux';

const LOOK_MS = 100;
const SILENCE_MS = 500;

interface Seeder {
  readonly mux: Protomux;
  bytesRead: number;
  /** Since when it has owed us something and said nothing. */
  silentSinceMs: number;
  /** Whether it is asked for blocks. */
  isAsked: boolean;
}

/**
 * Asks another seeder for what one owes us and does not send. One that was killed says no goodbye: its connection is
 * given up after some seconds only, and what Hypercore has asked of it would be waited for as long. So a seeder that owes
 * something and says nothing is asked no more while there is another, until it says something.
 */
export class SilentSeeders {
  readonly #core: Hypercore;
  readonly #seeders = new Set<Seeder>();
  readonly #timer: NodeJS.Timeout;

  constructor(core: Hypercore) {
    this.#core = core;
    this.#timer = setInterval(() => this.#look(performance.now()), LOOK_MS);
  }

  /** Begins to ask a seeder for blocks. */
  add(connection: Connection): void {
    const mux = Protomux.from(connection);
    const silentSinceMs = performance.now();
    const seeder = { mux, bytesRead: 0, silentSinceMs, isAsked: true };
    this.#seeders.add(seeder);
    connection.once('close', () => this.#seeders.delete(seeder));
    this.#core.replicate(mux);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(nowMs: number): void {
    for (const seeder of this.#seeders) {
      const { rawBytesRead } = seeder.mux.stream;
      const peer = this.#peerOf(seeder);
      const speaks = rawBytesRead !== seeder.bytesRead;
      seeder.bytesRead = rawBytesRead;
      if (speaks || (peer && peer.inflight === 0)) seeder.silentSinceMs = nowMs;
      if (!seeder.isAsked && speaks) this.#askAgain(seeder);
      else if (peer && nowMs - seeder.silentSinceMs >= SILENCE_MS) this.#askOthers(seeder, peer);
    }
  }

  #askOthers(seeder: Seeder, peer: ReplicatorPeer): void {
    const others = [...this.#seeders].filter((other) => other !== seeder && this.#peerOf(other));
    if (others.length === 0) return;
    seeder.isAsked = false;
    this.#core.core.replicator.detachFrom(seeder.mux);
    peer.channel.close();
  }

  #askAgain(seeder: Seeder): void {
    seeder.isAsked = true;
    if (!this.#core.closing) this.#core.replicate(seeder.mux);
  }

  #peerOf({ mux }: Seeder): ReplicatorPeer | undefined {
    return this.#core.peers.find(({ protomux }) => protomux === mux);
  }
}
