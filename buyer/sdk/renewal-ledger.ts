import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { msat, uuid } from '../../contract/primitives.ts';
import { replaceFile } from '../files.ts';

const entry = z.object({
  /** The end of the access that was to be renewed, by the market's clock: one renewal an end. */
  endMs: z.int(),
  /** Set aside before the order is placed. */
  priceMsat: msat,
  /** By our clock. */
  atMs: z.int(),
  /** Known before it is paid. */
  orderId: uuid.optional(),
  /** Whether the wallet has paid it, or may have: it counts, whatever the market says of it. */
  isSpent: z.boolean().default(false),
  isDone: z.boolean(),
});
export type RenewalEntry = z.infer<typeof entry>;

const stored = z.object({
  version: z.literal(1),
  /** The last end of access that was heard of. */
  lastEndMs: z.int().nullable(),
  entries: z.array(entry),
});
type Stored = z.infer<typeof stored>;

const NOTHING: Stored = { version: 1, lastEndMs: null, entries: [] };
// Of windows that are over nobody asks; of a budget without a window all counts.
const MAX_ENTRIES = 100_000;

/**
 * What the renewals of one feed have spent or are about to: written before anything is, so that no restart spends what was
 * spent already.
 */
export class RenewalLedger {
  readonly #path: string;
  #stored: Stored;

  private constructor(path: string, content: Stored) {
    this.#path = path;
    this.#stored = content;
  }

  /** @throws when the file is there but cannot be read: without it the budget is not known */
  static async open(directory: string, feedId: string): Promise<RenewalLedger> {
    const path = join(directory, `${feedId}.json`);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    return new RenewalLedger(path, text === null ? NOTHING : stored.parse(JSON.parse(text)));
  }

  get lastEndMs(): number | null {
    return this.#stored.lastEndMs;
  }

  /** The renewal that was begun and is not known to be done. */
  get pending(): RenewalEntry | undefined {
    return this.#stored.entries.find(({ isDone }) => !isDone);
  }

  /** Whether access that ended then was renewed already. */
  isRenewed(endMs: number): boolean {
    return this.#stored.entries.some((each) => each.isDone && each.endMs === endMs);
  }

  /** What was spent since then (ms, by our clock), in msat. */
  spentSince(sinceMs: number): bigint {
    return this.#stored.entries
      .filter(({ atMs, isDone, isSpent }) => (isDone || isSpent) && atMs > sinceMs)
      .reduce((sum, { priceMsat }) => sum + BigInt(priceMsat), 0n);
  }

  async noteEnd(endMs: number): Promise<void> {
    if (endMs !== this.#stored.lastEndMs) await this.#write({ lastEndMs: endMs });
  }

  /** Sets the price of a renewal aside, in the place of what was set aside and never will be spent. */
  async reserve(endMs: number, priceMsat: bigint, atMs: number): Promise<void> {
    const others = this.#stored.entries.filter(({ isDone }) => isDone);
    const fresh = { endMs, priceMsat: String(priceMsat), atMs, isSpent: false, isDone: false };
    await this.#write({ entries: [...others, fresh].slice(-MAX_ENTRIES) });
  }

  /** The order that is about to be paid, and for how much: its invoice was looked at. */
  async noteOrder(orderId: string, priceMsat: string): Promise<void> {
    await this.#change((each) => ({ ...each, orderId, priceMsat }));
  }

  /** The wallet has not said that it did not pay. */
  async noteSpent(): Promise<void> {
    await this.#change((each) => ({ ...each, isSpent: true }));
  }

  /** What was set aside is spent. */
  async settle(atMs: number): Promise<void> {
    await this.#change((each) => ({ ...each, atMs, isDone: true }));
  }

  /** Nothing was spent, nor will be. */
  async release(): Promise<void> {
    await this.#write({ entries: this.#stored.entries.filter(({ isDone }) => isDone) });
  }

  async #change(change: (entry: RenewalEntry) => RenewalEntry): Promise<void> {
    await this.#write({
      entries: this.#stored.entries.map((each) => (each.isDone ? each : change(each))),
    });
  }

  async #write(changed: Partial<Stored>): Promise<void> {
    const next = { ...this.#stored, ...changed };
    await replaceFile(this.#path, `${JSON.stringify(next, null, 2)}\n`);
    this.#stored = next;
  }
}
