import type { PrismaClient } from '../prisma/client/client.ts';
import { findShelf, type ShelfOwner } from './shelf.ts';

// As many as a form may offer.
const MAX_KEYS = 5;

type Bytes = Uint8Array<ArrayBuffer>;

/** A key of a shelf that another purchase may be for. */
export interface OwnKey {
  buyerKey: Bytes;
  /** Whether it may read the feed at present, so that the purchase extends that. */
  isLive: boolean;
  /** null: without an end, or not live. */
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
 * The keys of a shelf that a purchase of this feed may be for: those that it would extend, and those of machines. The
 * key of a claim code is for one feed: the code moves what was bought of that, and once.
 */
export async function readOwnKeys(
  prisma: PrismaClient,
  owner: ShelfOwner,
  feedId: string,
): Promise<OwnKey[]> {
  const shelfId = await findShelf(prisma, owner);
  if (shelfId === null) return [];
  return prisma.$queryRaw<OwnKey[]>`
    SELECT k.buyer_key AS "buyerKey", g.id IS NOT NULL AS "isLive",
      (extract(epoch FROM g.expires_at) * 1000)::float8 AS "expiresAtMs"
    FROM shelf_keys k LEFT JOIN grants g ON g.buyer_key = k.buyer_key AND g.feed_id = ${feedId}::uuid
      AND g.state = 'live' AND (g.expires_at IS NULL OR g.expires_at > clock_timestamp())
    WHERE k.shelf_id = ${shelfId}::uuid AND (g.id IS NOT NULL OR NOT k.is_claim)
    ORDER BY g.id IS NULL, g.expires_at DESC NULLS FIRST, k.added_at DESC LIMIT ${MAX_KEYS}`;
}
