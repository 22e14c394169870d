import type Hypercore from 'hypercore';
import { tell } from '../ports/measures.ts';
import type { PrismaClient } from '../prisma/client/client.ts';

/** Stands for the key of whoever reads what is open to anybody. */
export const NOBODY = new Uint8Array(0);

/** How a block reached its buyer. */
export type Transport = 'swarm' | 'http';

interface Entry {
  feedId: string;
  buyerKey: Uint8Array<ArrayBuffer>;
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
  #entries = new Map<string, Entry>();

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  /** Counts what was served to a buyer key (32 bytes), or to {@link NOBODY}; `bytes` is the payload, without proofs. */
  count(
    feedId: string,
    buyerKey: Uint8Array,
    transport: Transport,
    blocks: number,
    bytes: number,
  ): void {
    this.#keep(feedId, buyerKey, transport, blocks, bytes);
    tell('served', { transport, blocks, bytes });
  }

  #keep(
    feedId: string,
    buyerKey: Uint8Array,
    transport: Transport,
    blocks: number,
    bytes: number,
  ): void {
    const key = Buffer.from(buyerKey.buffer, buyerKey.byteOffset, buyerKey.byteLength);
    const id = `${feedId} ${key.toString('hex')} ${transport}`;
    const entry = this.#entries.get(id);
    if (entry) {
      entry.blocks += blocks;
      entry.bytes += bytes;
    } else {
      const buyerKey = Uint8Array.from(key);
      this.#entries.set(id, { feedId, buyerKey, transport, blocks, bytes });
    }
  }

  /**
   * Counts every block of the core that is sent.
   *
   * @param nameOf the key that it counts under, or {@link NOBODY}; null for a machine of the market's, and for the one
   * that it comes from: what they are sent is not counted
   */
  watch(feedId: string, core: Hypercore, nameOf: (key: Buffer) => Uint8Array | null): void {
    core.on('upload', (_index, byteLength, { remotePublicKey }) => {
      const key = nameOf(remotePublicKey);
      if (key) this.count(feedId, key, 'swarm', 1, byteLength);
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
      for (const { feedId, buyerKey, transport, blocks, bytes } of entries.values()) {
        this.#keep(feedId, buyerKey, transport, blocks, bytes);
      }
      throw error;
    }
  }

  async #add(entries: readonly Entry[]): Promise<void> {
    const feedIds = entries.map(({ feedId }) => feedId);
    const buyerKeys = entries.map(({ buyerKey }) => Buffer.from(buyerKey).toString('hex'));
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
