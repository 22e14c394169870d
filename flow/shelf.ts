import type { Prisma, PrismaClient } from '../prisma/client/client.ts';
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

/**
 * The shelf of an owner, made if there is none.
 *
 * @param newId what the shelf of a browser without one is to be called, so that two tabs that come at once get the same
 */
export async function openShelf(
  prisma: PrismaClient | Tx,
  owner: ShelfOwner,
  newId?: string,
): Promise<string> {
  const found = await findShelf(prisma, owner);
  if (found !== null) return found;
  const { sellerId } = owner;
  const where: Prisma.ShelfWhereUniqueInput | null =
    sellerId !== null ? { sellerId } : newId === undefined ? null : { id: newId };
  if (where === null) return (await prisma.shelf.create({ data: {} })).id;
  await prisma.shelf.createMany({ data: where as { id: string }, skipDuplicates: true });
  return (await prisma.shelf.findUniqueOrThrow({ where })).id;
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
    if (buyerKey) await putClaimKeyOnShelf(tx, shelfId, buyerKey);
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

/** Puts the key of a claim code on a shelf: whoever has the shelf may also move what the code stands for. */
export async function putClaimKeyOnShelf(
  prisma: PrismaClient | Tx,
  shelfId: string,
  buyerKey: Bytes,
): Promise<void> {
  const row = { shelfId, buyerKey, isClaim: true };
  await prisma.shelfKey.upsert({
    where: { shelfId_buyerKey: { shelfId, buyerKey } },
    create: row,
    update: { isClaim: true },
  });
}

/** Takes a key off a shelf. What it was granted goes on, for whoever holds the key or its code. */
export async function takeKeyOff(
  prisma: PrismaClient,
  shelfId: string,
  buyerKey: Bytes,
): Promise<void> {
  await prisma.shelfKey.deleteMany({ where: { shelfId, buyerKey } });
}

/** Notes that the browser that a shelf belongs to was here: one that never comes again is forgotten. */
export async function seeShelf(prisma: PrismaClient, shelfId: string): Promise<void> {
  await prisma.$executeRaw`UPDATE shelves SET seen_at = clock_timestamp() WHERE id = ${shelfId}::uuid`;
}

const NOBODY = '00000000-0000-0000-0000-000000000000';
