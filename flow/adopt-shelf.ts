import type { PrismaClient } from '../prisma/client/client.ts';
import type { Tx } from './deps.ts';
import { openShelf } from './shelf.ts';

/**
 * Hands what lies on a browser's own shelf to the account that it is logged into, within the transaction of the login.
 * The browser's shelf stays, empty: what another tab is just about to put there is taken over by the next call.
 */
export async function adoptShelf(tx: Tx, shelfId: string, sellerId: string): Promise<void> {
  const [own] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM shelves WHERE id = ${shelfId}::uuid AND seller_id IS NULL FOR UPDATE`;
  if (!own) return;
  const accounts = await openShelf(tx, { sellerId, shelfId: null });
  await tx.$executeRaw`
    WITH gone AS (DELETE FROM shelf_keys WHERE shelf_id = ${shelfId}::uuid RETURNING buyer_key, is_claim, added_at)
    INSERT INTO shelf_keys (shelf_id, buyer_key, is_claim, added_at)
    SELECT ${accounts}::uuid, buyer_key, is_claim, added_at FROM gone
    ON CONFLICT (shelf_id, buyer_key) DO UPDATE SET is_claim = shelf_keys.is_claim OR excluded.is_claim`;
  await tx.$executeRaw`
    WITH gone AS (DELETE FROM shelf_orders WHERE shelf_id = ${shelfId}::uuid RETURNING order_id, added_at)
    INSERT INTO shelf_orders (shelf_id, order_id, added_at)
    SELECT ${accounts}::uuid, order_id, added_at FROM gone ON CONFLICT DO NOTHING`;
}

/** Takes over what came to a browser's own shelf while it was being logged in. */
export async function adoptLatecomers(
  prisma: PrismaClient,
  shelfId: string,
  sellerId: string,
): Promise<void> {
  const where = { shelfId };
  const late =
    (await prisma.shelfKey.count({ where })) + (await prisma.shelfOrder.count({ where }));
  if (late > 0) await prisma.$transaction((tx) => adoptShelf(tx, shelfId, sellerId));
}
