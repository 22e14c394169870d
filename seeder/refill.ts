import type Hypercore from 'hypercore';
import type { Logger } from 'pino';

/**
 * Fetches back from the other seeders what the writer of a feed has lost with its disk. Until every block is here that was
 * ever recorded, or that another seeder has, nothing may be appended: it would sign a second history.
 */
export class Refill {
  readonly #isSibling: (key: Uint8Array) => boolean;
  readonly #log: Logger;
  readonly #onwhole: () => void;
  readonly #running = new Set<Hypercore>();

  /**
   * @param isSibling whether a Noise key is another seeder's
   * @param onwhole called when a core is whole again
   */
  constructor(isSibling: (key: Uint8Array) => boolean, log: Logger, onwhole: () => void) {
    this.#isSibling = isSibling;
    this.#log = log;
    this.#onwhole = onwhole;
  }

  /** Whether the core has all there ever was; what is missing is fetched from now on, as soon as somebody has it. */
  isWhole(feedId: string, core: Hypercore, recordedLength: number): boolean {
    const length = Math.max(recordedLength, core.length, ...this.#lengthsElsewhere(core));
    if (core.contiguousLength >= length) return true;
    if (!this.#running.has(core)) void this.#fetch(feedId, core, length);
    return false;
  }

  #lengthsElsewhere(core: Hypercore): number[] {
    return core.peers
      .filter((peer) => this.#isSibling(peer.remotePublicKey) && peer.remoteFork === core.fork)
      .map((peer) => peer.remoteLength);
  }

  async #fetch(feedId: string, core: Hypercore, length: number): Promise<void> {
    this.#running.add(core);
    const log = this.#log.child({ feedId });
    const start = core.contiguousLength;
    log.warn(
      { from: start, to: length },
      'blocks are missing: nothing is appended until another seeder gave them',
    );
    const isDone = await core
      .download({ start, end: length })
      .done()
      .catch(() => false);
    this.#running.delete(core);
    if (!isDone || core.contiguousLength < length) return;
    log.info({ length }, 'all blocks are back');
    this.#onwhole();
  }
}
