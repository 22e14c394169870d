import type { PrismaClient } from '../prisma/client/client.ts';
import type { Tx } from './deps.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Whose shelf: that of the account that is logged in, or that of the browser's session; null: it has none yet. */
export interface ShelfOwner {
  sellerId: string | null;
  shelfId: string | null;
}

/** The shelf of an owner; null when there is none. */
export async function findShelf(
  prisma: PrismaClient | Tx,
  { sellerId, shelfId }: ShelfOwner,
): Promise<string | null> {
  const where = sellerId === null ? { id: shelfId ?? NOBODY, sellerId: null } : { sellerId };
  const shelf = await prisma.shelf.findFirst({ where, select: { id: true } });
  return shelf?.id ?? null;
}

/** The shelf of an owner, made if there is none. */
export async function openShelf(prisma: PrismaClient | Tx, owner: ShelfOwner): Promise<string> {
  const found = await findShelf(prisma, owner);
  if (found !== null) return found;
  const { sellerId } = owner;
  if (sellerId === null) return (await prisma.shelf.create({ data: {} })).id;
  await prisma.shelf.createMany({ data: { sellerId }, skipDuplicates: true });
  return (await prisma.shelf.findUniqueOrThrow({ where: { sellerId } })).id;
}

/**
 * Puts an order on a shelf.
 *
 * @param buyerKey a key that came with the order's claim code, and so belongs to whoever ordered; null for any other
 */
export async function putOrderOnShelf(
  prisma: PrismaClient,
  shelfId: string,
  orderId: string,
  buyerKey: Bytes | null,
): Promise<void> {
  await prisma.$transaction(async (tx) => {
    await tx.shelfOrder.createMany({ data: { shelfId, orderId }, skipDuplicates: true });
    if (buyerKey) await putKeyOnShelf(tx, shelfId, buyerKey);
  });
}

/** Puts a buyer key on a shelf whose owner has proved to hold it. */
export async function putKeyOnShelf(
  prisma: PrismaClient | Tx,
  shelfId: string,
  buyerKey: Bytes,
): Promise<void> {
  await prisma.shelfKey.createMany({ data: { shelfId, buyerKey }, skipDuplicates: true });
}

const NOBODY = '00000000-0000-0000-0000-000000000000';
