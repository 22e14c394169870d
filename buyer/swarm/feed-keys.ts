import type Hypercore from 'hypercore';
import { z } from 'zod';
import { epochSeedsJson, readSeeds, writeSeeds } from '../../protocol/epoch-tree.ts';
import { Keyring } from '../../protocol/keyring.ts';
import type { Valid } from '../../protocol/messages.ts';
import { SealedBlocks } from '../../protocol/sealed-blocks.ts';

const KEPT_AS = 'dazaar/seeds';

const kept = z.array(epochSeedsJson);

/** What a buyer can open of a sealed feed. It is kept in the store beside the blocks: what was paid for stays readable. */
export class FeedKeys {
  /** For the feed's cores. */
  readonly encryption = new SealedBlocks({ keyOf: (epoch) => this.#keyring.keyOf(epoch) });
  readonly #keyring = new Keyring();
  #saved: Promise<void> = Promise.resolve();

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
  }

  /** Resolves when all that came is kept. */
  saved(): Promise<void> {
    return this.#saved;
  }
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
