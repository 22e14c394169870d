import type Hypercore from 'hypercore';
import { z } from 'zod';
import { epochSeedsJson, readSeeds, writeSeeds } from '../../protocol/epoch-tree.ts';
import { Keyring } from '../../protocol/keyring.ts';
import type { Valid } from '../../protocol/messages.ts';
import { SealedBlocks } from '../../protocol/sealed-blocks.ts';

const KEPT_AS = 'dazaar/seeds';
const LOOK_MS = 250;
// Less than the watch over a pull waits for blocks: so it is the key that is said to be missing.
const PATIENCE_MS = 45_000;

/** Whether seeders may give more keys: one that lets the buyer in may at once, and one that is away when it is back. */
export type KeyHope = 'soon' | 'later' | 'none';

const kept = z.array(epochSeedsJson);

/** What a buyer can open of a sealed feed. It is kept in the store beside the blocks: what was paid for stays readable. */
export class FeedKeys {
  /** For the feed's cores. */
  readonly encryption = new SealedBlocks({
    keyOf: (epoch) => this.#keyring.keyOf(epoch),
    keyComes: (epoch) => this.#comes(epoch),
  });
  readonly #keyring = new Keyring();
  readonly #hope: () => KeyHope;
  readonly #patienceMs: number;
  #saved: Promise<void> = Promise.resolve();
  #change: PromiseWithResolvers<void> | null = null;

  /**
   * @param hope says how things stand; throws why there is no hope where it can say so
   * @param patienceMs how long a key is waited for that seeders could give at once
   */
  constructor(hope: () => KeyHope, patienceMs = PATIENCE_MS) {
    this.#hope = hope;
    this.#patienceMs = patienceMs;
  }

  /** Whether there is any key. */
  get any(): boolean {
    return this.#keyring.held.length > 0;
  }

  /** Reads what was kept with the feed's first core, which is ready. */
  async load(core: Hypercore): Promise<void> {
    const bytes = await core.getUserData(KEPT_AS);
    const { data = [] } = kept.safeParse(bytes && jsonOf(bytes));
    for (const seeds of data) this.#keyring.add(readSeeds(seeds));
  }

  /** Takes what a seeder gives, and keeps it. */
  take({ seeds }: NonNullable<Valid['seal']>, core: Hypercore): void {
    const before = this.#keyring.held;
    for (const each of seeds) this.#keyring.add(readSeeds(each));
    if (this.#keyring.held === before) return;
    const text = JSON.stringify(this.#keyring.held.map(writeSeeds));
    // A store that is closing keeps nothing any more; the seeder gives it again.
    const save = () => core.setUserData(KEPT_AS, Buffer.from(text)).catch(() => undefined);
    this.#saved = this.#saved.then(save);
    this.wake();
  }

  /** Has those who wait for a key look again: one has come, or hope has changed. */
  wake(): void {
    this.#change?.resolve();
    this.#change = null;
  }

  /** Resolves when all that came is kept. */
  saved(): Promise<void> {
    return this.#saved;
  }

  // A block may come ahead of its key; the keys of the past, which seeders give first, come no more.
  async #comes(epoch: number): Promise<Buffer | null> {
    let sinceMs = performance.now();
    while (!this.#keyring.held.some(({ last }) => last >= epoch)) {
      const hope = this.#hope();
      if (hope === 'later') sinceMs = performance.now();
      if (hope === 'none' || performance.now() - sinceMs > this.#patienceMs) return null;
      await this.#changed();
    }
    return this.#keyring.keyOf(epoch);
  }

  async #changed(): Promise<void> {
    this.#change ??= Promise.withResolvers<void>();
    const timer = setTimeout(() => this.wake(), LOOK_MS);
    await this.#change.promise;
    clearTimeout(timer);
  }
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
