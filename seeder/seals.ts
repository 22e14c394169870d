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
  /** How many ranges of a feed there were, and when the last one came. */
  readonly #read = new Map<string, string>();

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
    const seal = new FeedSeal(epochMs, await this.#seedsOf(id), this.#nowMs);
    this.#seals.set(id, seal);
    return seal;
  }

  /** Learns what sellers have handed over since. */
  async step(): Promise<void> {
    const feeds = await this.#prisma.feedSeeds.groupBy({
      by: ['feedId'],
      where: { feed: { origin: 'mirrored' } },
      _count: true,
      _max: { createdAt: true },
    });
    for (const { feedId, _count: count, _max: newest } of feeds) {
      const seal = this.#seals.get(feedId);
      const state = `${count} ${newest.createdAt?.getTime()}`;
      if (!seal || this.#read.get(feedId) === state) continue;
      seal.hold(await this.#seedsOf(feedId));
      this.#read.set(feedId, state);
    }
  }

  #seedsOf(feedId: string) {
    return seedsOfFeed(this.#prisma, { keys: this.#keys }, feedId);
  }
}
