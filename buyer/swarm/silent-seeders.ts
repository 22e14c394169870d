import type Hypercore from 'hypercore';
import type { ReplicatorPeer } from 'hypercore';
import type Protomux from 'protomux';
import { guardCore } from '../../protocol/guarded-core.ts';
import { HYPERCORE_PROTOCOL } from '../../protocol/made-peers.ts';

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
  readonly #seeders = new Map<Protomux, Seeder>();
  readonly #timer: NodeJS.Timeout;

  constructor(core: Hypercore) {
    this.#core = core;
    this.#timer = setInterval(() => this.#look(performance.now()), LOOK_MS);
  }

  /** Begins to ask a seeder for blocks, if it is not asked yet. */
  add(mux: Protomux): void {
    if (this.#seeders.has(mux) || mux.stream.destroyed) return;
    const silentSinceMs = performance.now();
    this.#seeders.set(mux, { mux, bytesRead: 0, silentSinceMs, isAsked: true });
    mux.stream.once('close', () => this.#seeders.delete(mux));
    guardCore(this.#core);
    this.#core.replicate(mux);
  }

  /** Asks a seeder for nothing any more, and gives it nothing. */
  remove(mux: Protomux): void {
    if (this.#seeders.delete(mux)) this.#detach(mux);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const mux of [...this.#seeders.keys()]) this.remove(mux);
  }

  #look(nowMs: number): void {
    for (const seeder of this.#seeders.values()) {
      const { rawBytesRead } = seeder.mux.stream;
      const peer = this.#peerOf(seeder);
      const speaks = rawBytesRead !== seeder.bytesRead;
      seeder.bytesRead = rawBytesRead;
      if (speaks || (peer && peer.inflight === 0)) seeder.silentSinceMs = nowMs;
      if (!seeder.isAsked && speaks) this.#askAgain(seeder);
      else if (peer && nowMs - seeder.silentSinceMs >= SILENCE_MS) this.#askOthers(seeder);
    }
  }

  #askOthers(seeder: Seeder): void {
    const others = [...this.#seeders.values()];
    if (!others.some((other) => other !== seeder && this.#peerOf(other))) return;
    seeder.isAsked = false;
    this.#detach(seeder.mux);
  }

  #askAgain(seeder: Seeder): void {
    seeder.isAsked = true;
    if (!this.#core.closing) this.#core.replicate(seeder.mux);
  }

  // A channel that is open at our end only is none of the replicator's peers yet.
  #detach(mux: Protomux): void {
    this.#core.core.replicator.detachFrom(mux);
    for (const channel of [...mux]) {
      const isOurs = channel.protocol === HYPERCORE_PROTOCOL;
      if (isOurs && channel.id?.equals(this.#core.discoveryKey)) channel.close();
    }
  }

  #peerOf({ mux }: Seeder): ReplicatorPeer | undefined {
    return this.#core.peers.find(({ protomux }) => protomux === mux);
  }
}
