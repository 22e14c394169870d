import { addSeeds, type EpochSeeds, epochKey, reaches } from './epoch-tree.ts';

/** The epochs that somebody can open; more can be added while a feed is open. */
export class Keyring {
  #held: readonly EpochSeeds[];

  constructor(held: readonly EpochSeeds[] = []) {
    this.#held = held.reduce(addSeeds, [] as readonly EpochSeeds[]);
  }

  get held(): readonly EpochSeeds[] {
    return this.#held;
  }

  add(more: EpochSeeds): void {
    this.#held = addSeeds(this.#held, more);
  }

  /** The 32 secret bytes of an epoch; null when it cannot be opened. */
  keyOf(epoch: number): Buffer | null {
    const seeds = this.#held.findLast((each) => reaches(each, epoch));
    return seeds ? epochKey(seeds, epoch) : null;
  }
}
