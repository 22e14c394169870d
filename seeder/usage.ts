import type Hypercore from 'hypercore';
import { tell } from '../ports/measures.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { idOf } from './key-id.ts';

/** Stands for the key of whoever reads what is open to anybody. */
export const NOBODY = new Uint8Array(0);

/** How a block reached its buyer. */
export type Transport = 'swarm' | 'http';

/** So much of a feed for a buyer key (32 bytes), or for {@link NOBODY}; `bytes` is the payload, without proofs. */
export interface Served {
  feedId: string;
  buyerKey: Uint8Array;
  transport: Transport;
  blocks: number;
  bytes: number;
}

/**
 * Counts what was served, and adds it to Postgres by feed, buyer key, transport and the hour in which it is added. These
 * are statistics, not money: a seeder that is killed loses what it served since the last {@link step}, and an answer of
 * the database that is lost after its commit counts one step twice.
 */
export class Usage {
  readonly #prisma: PrismaClient;
  #entries = new Map<string, Served>();

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  /** Counts what was served. */
  count(served: Served): void {
    this.#keep(served);
    const { transport, blocks, bytes } = served;
    tell('served', { transport, blocks, bytes });
  }

  #keep(served: Served): void {
    const { feedId, transport } = served;
    const buyerKey = Uint8Array.from(served.buyerKey);
    const id = `${feedId} ${idOf(buyerKey)} ${transport}`;
    const entry = this.#entries.get(id) ?? { feedId, buyerKey, transport, blocks: 0, bytes: 0 };
    entry.blocks += served.blocks;
    entry.bytes += served.bytes;
    this.#entries.set(id, entry);
  }

  /**
   * Counts every block of the core that is sent.
   *
   * @param nameOf the key that it counts under, or {@link NOBODY}; null for a machine of the market's, and for the one
   * that it comes from: what they are sent is not counted
   */
  watch(feedId: string, core: Hypercore, nameOf: (key: Buffer) => Uint8Array | null): void {
    core.on('upload', (_index, byteLength, { remotePublicKey }) => {
      const buyerKey = nameOf(remotePublicKey);
      if (!buyerKey) return;
      this.count({ feedId, buyerKey, transport: 'swarm', blocks: 1, bytes: byteLength });
    });
  }

  /** Adds what was counted since, in one statement; what could not be added is kept for the next time. */
  async step(): Promise<void> {
    const entries = this.#entries;
    if (entries.size === 0) return;
    this.#entries = new Map();
    try {
      await this.#add([...entries.values()]);
    } catch (error) {
      for (const entry of entries.values()) this.#keep(entry);
      throw error;
    }
  }

  async #add(entries: readonly Served[]): Promise<void> {
    const feedIds = entries.map(({ feedId }) => feedId);
    const buyerKeys = entries.map(({ buyerKey }) => idOf(buyerKey));
    const transports = entries.map(({ transport }) => transport);
    const blocks = entries.map((entry) => BigInt(entry.blocks));
    const bytes = entries.map((entry) => BigInt(entry.bytes));
    await this.#prisma.$executeRaw`
      INSERT INTO usage (feed_id, buyer_key, hour, transport, blocks, bytes)
      SELECT feed_id, decode(buyer_key, 'hex'), date_trunc('hour', now(), 'UTC'), transport::transport, blocks, bytes
      FROM unnest(${feedIds}::uuid[], ${buyerKeys}::text[], ${transports}::text[], ${blocks}::int8[], ${bytes}::int8[])
        AS served (feed_id, buyer_key, transport, blocks, bytes)
      ON CONFLICT (feed_id, buyer_key, hour, transport) DO UPDATE
      SET blocks = usage.blocks + excluded.blocks, bytes = usage.bytes + excluded.bytes`;
  }
}
