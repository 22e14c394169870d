import { epochAt, epochsOf } from '../domain/epoch.ts';
import {
  type EpochSeeds,
  type EpochSeedsJson,
  epochKey,
  narrowSeeds,
  rootSeeds,
  writeSeeds,
} from './epoch-tree.ts';
import { SealedBlocks } from './sealed-blocks.ts';

export interface WriterSealOptions {
  /** 32 secret bytes. One secret serves any number of feeds. */
  root: Uint8Array;
  /** What tells this feed from the others of the root. */
  name: string;
  epochMs: number;
  /** The time in ms since 1970. */
  nowMs?: () => number;
}

/** What a seller seals a feed of his own with: its root stays with him, and ranges of time are handed over out of it. */
export class WriterSeal {
  /** For the feed's cores, when they are opened. */
  readonly encryption: SealedBlocks;
  readonly #root: EpochSeeds;
  readonly #epochMs: number;

  constructor({ root, name, epochMs, nowMs = Date.now }: WriterSealOptions) {
    this.#root = rootSeeds(root, Buffer.from(name));
    this.#epochMs = epochMs;
    this.encryption = new SealedBlocks({
      keyOf: (epoch) => epochKey(this.#root, epoch),
      epochNow: () => epochAt(nowMs(), epochMs),
    });
  }

  /** What opens the blocks that are sealed in that time, and in the rest of its first and last epoch. */
  seedsFor(fromMs: number, untilMs: number): EpochSeedsJson {
    const epochs = epochsOf(fromMs, untilMs, this.#epochMs);
    if (!epochs) throw new RangeError(`no time from ${fromMs} until ${untilMs}`);
    return writeSeeds(narrowSeeds(this.#root, epochs.first, epochs.last)!);
  }
}
