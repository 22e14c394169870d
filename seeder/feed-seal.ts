import type Hypercore from 'hypercore';
import { type EpochRange, epochAt } from '../domain/epoch.ts';
import { type EpochSeeds, isSame, narrowSeeds, writeSeeds } from '../protocol/epoch-tree.ts';
import { Keyring } from '../protocol/keyring.ts';
import type { Valid } from '../protocol/messages.ts';
import { epochOfBlock, SealedBlocks } from '../protocol/sealed-blocks.ts';
import { type SealedBlock, TriedSeeds } from './tried-seeds.ts';

/** How far ahead of the time a buyer is given keys, and how long he may read on whose access is ended. */
export const HORIZON_MS = 30_000;

const MAX_RANGES = 16;

/** What is sealed and opened here of one feed, and what its buyers are given of it. */
export class FeedSeal {
  readonly epochMs: number;
  /** For the feed's cores, those that are written here too. */
  readonly encryption: SealedBlocks;
  readonly #tried = new TriedSeeds();
  #keyring: Keyring;
  #isFresh = false;
  #version = 0;
  /** The epochs of first blocks that accesses are for, and whether the block itself has said so. */
  readonly #firstEpochs = new Map<number, { epoch: number; isRead: boolean }>();

  /** @param nowMs the market's time in ms since 1970 */
  constructor(epochMs: number, held: readonly EpochSeeds[], nowMs: () => number) {
    this.epochMs = epochMs;
    this.#tried.hold(held);
    this.#keyring = new Keyring(held);
    this.encryption = new SealedBlocks({
      keyOf: (epoch) => this.#keyring.keyOf(epoch),
      epochNow: () => epochAt(nowMs(), epochMs),
    });
  }

  /** Takes all that the market has of the feed by now, in the place of what it had; in use from when it is tried next. */
  hold(all: readonly EpochSeeds[]): void {
    this.#tried.hold(all);
    this.#isFresh = true;
  }

  /**
   * Tries what a seller has handed over on a copy of the feed's first core: what does not open its blocks is not used, nor
   * given to anybody.
   *
   * @returns the newest block; null when there is nothing to try on since
   */
  async tryOn(core: Hypercore): Promise<SealedBlock | null> {
    const newest = await this.#tried.tryOn(core);
    if (newest || this.#isFresh) this.#use();
    return newest;
  }

  /** Whether nothing that was handed over for the newest block opens it. */
  get isWrong(): boolean {
    return this.#tried.isWrong;
  }

  /** Changes with what can be opened here. */
  get version(): number {
    return this.#version;
  }

  /**
   * The epochs that access to the feed opens at a time; null when it opens none, or it is not known yet.
   *
   * @param core the feed's first
   * @param fromBlock the first block of it that the access is for
   */
  opens(
    { fromBlock, expiresAtMs }: { fromBlock: number; expiresAtMs: number | null },
    core: Hypercore,
    nowMs: number,
  ): EpochRange | null {
    const first = this.#firstEpoch(core, fromBlock, nowMs);
    const untilMs = Math.min(nowMs + HORIZON_MS, expiresAtMs ?? Number.POSITIVE_INFINITY);
    const last = epochAt(untilMs - 1, this.epochMs);
    return first === null || first > last ? null : { first, last };
  }

  /** What is sent to somebody with this access to open what it opens; waits until that is known. */
  async giveFor(
    access: { fromBlock: number; expiresAtMs: number | null },
    core: Hypercore,
    nowMs: number,
  ): Promise<NonNullable<Valid['seal']>> {
    const isKnown = access.fromBlock === 0 || this.#firstEpochs.has(access.fromBlock);
    if (!isKnown && access.fromBlock < core.length) await this.#learn(core, access.fromBlock);
    const epochs = this.opens(access, core, nowMs);
    return epochs ? this.give(epochs) : { epochMs: this.epochMs, seeds: [] };
  }

  /** What is sent to open these epochs, as far as they can be opened here; of many ranges the newest. */
  give({ first, last }: EpochRange): NonNullable<Valid['seal']> {
    const byEnd = this.#keyring.held.toSorted((a, b) => a.last - b.last);
    const seeds = byEnd.flatMap((held) => {
      const from = Math.max(first, held.first);
      const to = Math.min(last, held.last);
      return from > to ? [] : [writeSeeds(narrowSeeds(held, from, to)!)];
    });
    return { epochMs: this.epochMs, seeds: seeds.slice(-MAX_RANGES) };
  }

  #use(): void {
    this.#isFresh = false;
    const { held } = new Keyring(this.#tried.usable);
    const isSameHeld =
      held.length === this.#keyring.held.length &&
      held.every((seeds, at) => isSame(seeds, this.#keyring.held[at]!));
    if (isSameHeld) return;
    this.#keyring = new Keyring(held);
    this.#version++;
  }

  // Of a block that is not here it says the epoch of now, and stays with it: what a buyer is given only ever grows. Where a
  // copy was behind, the block knows better as soon as it is here.
  #firstEpoch(core: Hypercore, fromBlock: number, nowMs: number): number | null {
    if (fromBlock === 0) return 0;
    const known = this.#firstEpochs.get(fromBlock);
    const isHere = fromBlock < core.length;
    if (isHere && !known?.isRead) void this.#learn(core, fromBlock);
    if (isHere || known) return known?.epoch ?? null;
    const epoch = epochAt(nowMs, this.epochMs);
    this.#firstEpochs.set(fromBlock, { epoch, isRead: false });
    return epoch;
  }

  async #learn(core: Hypercore, fromBlock: number): Promise<void> {
    const block = await core.get(fromBlock, { raw: true, wait: false }).catch(() => null);
    const epoch = block && epochOfBlock(block);
    if (epoch === null) return;
    const said = this.#firstEpochs.get(fromBlock)?.epoch ?? epoch;
    this.#firstEpochs.set(fromBlock, { epoch: Math.min(epoch, said), isRead: true });
  }
}
