import type Hypercore from 'hypercore';
import { type EpochSeeds, epochKey, isSame, reaches } from '../protocol/epoch-tree.ts';
import { epochOfBlock, isSealedUnder } from '../protocol/sealed-blocks.ts';

/** A block as it is stored, and the epoch that its header names. */
export interface SealedBlock {
  readonly index: number;
  readonly epoch: number;
  readonly raw: Buffer;
}

interface Range {
  readonly seeds: EpochSeeds;
  /** Whether it opens the block that it was tried on; null: there is none yet. */
  opens: boolean | null;
}

/**
 * What a seller has handed over, tried on the blocks that there are: seeds of another root, or of another feed's name, look
 * like any others.
 */
export class TriedSeeds {
  #ranges: readonly Range[] = [];
  #length = 0;
  #isWrong = false;

  /** What does not open the block that it was tried on is of no use to anybody. */
  get usable(): EpochSeeds[] {
    return this.#ranges.filter(({ opens }) => opens !== false).map(({ seeds }) => seeds);
  }

  /** Whether there are seeds of the newest block's epoch, and none of them open it. */
  get isWrong(): boolean {
    return this.#isWrong;
  }

  /** Takes all that the market has of the feed by now, in the place of what it had. */
  hold(all: readonly EpochSeeds[]): void {
    const known = (seeds: EpochSeeds) => this.#ranges.find((range) => isSame(range.seeds, seeds));
    this.#ranges = all.map((seeds) => known(seeds) ?? { seeds, opens: null });
    this.#length = 0;
  }

  /** Tries them on a copy of the feed's first core. @returns its newest block; null when there is nothing to try on since */
  async tryOn(core: Hypercore): Promise<SealedBlock | null> {
    const { contiguousLength } = core;
    if (contiguousLength === this.#length) return null;
    const newest = await sealedBlock(core, contiguousLength - 1);
    if (!newest) return null;
    this.#length = contiguousLength;
    const meant = this.#ranges.filter(({ seeds }) => reaches(seeds, newest.epoch));
    for (const range of meant) if (opens(range, core, newest)) range.opens = true;
    this.#isWrong = meant.length > 0 && !meant.some((range) => opens(range, core, newest));
    for (const range of this.#ranges) {
      if (range.opens !== null) continue;
      const block = await firstIn(core, contiguousLength, range.seeds);
      if (block) range.opens = opens(range, core, block);
    }
    return newest;
  }
}

/** null when it is not here, or not sealed. */
export async function sealedBlock(core: Hypercore, index: number): Promise<SealedBlock | null> {
  if (index < 0) return null;
  const raw = await core.get(index, { raw: true, wait: false });
  const epoch = raw && epochOfBlock(raw);
  return raw && epoch !== null ? { index, epoch, raw } : null;
}

function opens({ seeds }: Range, { key: coreKey }: Hypercore, block: SealedBlock): boolean {
  return isSealedUnder(epochKey(seeds, block.epoch)!, { coreKey, ...block });
}

/** The first block of a range of epochs, which only grow. */
async function firstIn(
  core: Hypercore,
  length: number,
  { first, last }: EpochSeeds,
): Promise<SealedBlock | null> {
  let from = 0;
  let to = length;
  let found: SealedBlock | null = null;
  while (from < to) {
    const middle = (from + to) >> 1;
    const block = await sealedBlock(core, middle);
    if (!block) return null;
    if (block.epoch >= first) {
      to = middle;
      found = block;
    } else from = middle + 1;
  }
  return found && found.epoch <= last ? found : null;
}
