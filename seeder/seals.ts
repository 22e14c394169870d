import { seedsOfFeed } from '../flow/feed-seeds.ts';
import type { Feed, PrismaClient } from '../prisma/client/client.ts';
import type { MarketKeys } from '../protocol/market-keys.ts';
import { FeedSeal } from './feed-seal.ts';

/** Opens the seals of feeds with what the market has of them, and follows what sellers hand over later. */
export class Seals {
  readonly #prisma: PrismaClient;
  readonly #keys: MarketKeys;
  readonly #nowMs: () => number;
  readonly #seals = new Map<string, FeedSeal>();

  /** @param nowMs the market's time in ms since 1970 */
  constructor(prisma: PrismaClient, keys: MarketKeys, nowMs: () => number) {
    this.#prisma = prisma;
    this.#keys = keys;
    this.#nowMs = nowMs;
  }

  /** The seal of a feed; null when it is open. */
  async of({ id, epochMs }: Pick<Feed, 'id' | 'epochMs'>): Promise<FeedSeal | null> {
    if (epochMs === null) return null;
    const known = this.#seals.get(id);
    if (known) return known;
    const seal = new FeedSeal(epochMs, await this.#read(id), this.#nowMs);
    this.#seals.set(id, seal);
    return seal;
  }

  /** Learns what has been handed over since. */
  async step(): Promise<void> {
    for (const [feedId, seal] of this.#seals) seal.add(await this.#read(feedId));
  }

  #read(feedId: string) {
    return seedsOfFeed(this.#prisma, { keys: this.#keys }, feedId);
  }
}
