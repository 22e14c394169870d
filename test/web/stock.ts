import { randomBytes } from 'node:crypto';
import type { Prisma, PrismaClient } from '../../prisma/client/client.ts';

const DAY_MS = 86_400_000;

export interface StockItem {
  slug: string;
  title: string;
  description?: string;
  tags?: string[];
  kind?: 'hypercore' | 'hyperbee' | 'hyperdrive';
  /** Of an hour; none: it is free. */
  priceSat?: number;
  /** When its newest block came. */
  agoMs?: number;
  preview?: Prisma.InputJsonValue;
}

/** Puts listings on sale, the first one as the newest. */
export async function stock(
  prisma: PrismaClient,
  sellerId: string,
  items: readonly StockItem[],
): Promise<void> {
  const nowMs = Date.now();
  for (const [at, item] of items.entries()) {
    const { slug, title, description = '', tags = [], kind = 'hypercore', agoMs = 60_000 } = item;
    const paid = {
      kind: 'time',
      priceMsat: BigInt(item.priceSat ?? 0) * 1000n,
      periodMs: 3_600_000n,
    };
    const plan = item.priceSat === undefined ? { kind: 'free', priceMsat: 0n } : paid;
    const key = randomBytes(32);
    const core = { key, discoveryKey: randomBytes(32), length: 10n, byteLength: 100n };
    await prisma.listing.create({
      data: {
        ...{ sellerId, slug, title, description, tags, licence: 'CC0-1.0', state: 'live' },
        publishedAt: new Date(nowMs - DAY_MS - at * 1000),
        previewBlocks: item.preview ? 10 : 0,
        plans: { create: { name: 'plan', ...plan } as Prisma.PlanCreateWithoutListingInput },
        feed: {
          create: {
            kind,
            blockSchema: {},
            ...(item.preview && { preview: item.preview }),
            cores: { create: { ...core, lastBlockAt: new Date(nowMs - agoMs) } },
          },
        },
      },
    });
  }
}
