import type { PrismaClient } from '../prisma/client/client.ts';
import { findShelf, type ShelfOwner } from './shelf.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A key of the shelf that may read a feed at present. */
export interface LiveKey {
  buyerKey: Bytes;
  /** null: without an end. */
  expiresAtMs: number | null;
}

/** What a shelf has to do with an order. */
export interface Ownership {
  /** It was placed from there, or its key is proved to be the owner’s. */
  isOwn: boolean;
  /** Its key is proved to be the owner’s, so that what it bought may be read there. */
  mayRead: boolean;
}

export async function readOwnership(
  prisma: PrismaClient,
  owner: ShelfOwner,
  order: { id: string; buyerKey: Bytes },
): Promise<Ownership> {
  const shelfId = await findShelf(prisma, owner);
  if (shelfId === null) return { isOwn: false, mayRead: false };
  const [placed, held] = await Promise.all([
    prisma.shelfOrder.count({ where: { shelfId, orderId: order.id } }),
    prisma.shelfKey.count({ where: { shelfId, buyerKey: order.buyerKey } }),
  ]);
  return { isOwn: placed + held > 0, mayRead: held > 0 };
}

/**
 * The keys of a shelf that a purchase of this feed would extend. Other keys are not for it: a claim code moves what
 * was bought with it of one feed, and once.
 */
export async function readLiveKeys(
  prisma: PrismaClient,
  owner: ShelfOwner,
  feedId: string,
): Promise<LiveKey[]> {
  const shelfId = await findShelf(prisma, owner);
  if (shelfId === null) return [];
  return prisma.$queryRaw<LiveKey[]>`
    SELECT g.buyer_key AS "buyerKey", (extract(epoch FROM g.expires_at) * 1000)::float8 AS "expiresAtMs"
    FROM shelf_keys k JOIN grants g ON g.buyer_key = k.buyer_key
    WHERE k.shelf_id = ${shelfId}::uuid AND g.feed_id = ${feedId}::uuid AND g.state = 'live'
      AND (g.expires_at IS NULL OR g.expires_at > clock_timestamp())
    ORDER BY g.expires_at DESC NULLS FIRST LIMIT 5`;
}
