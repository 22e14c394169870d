import type { PrismaClient } from '../prisma/client/client.ts';

/** One entry of a seller's account in the ledger. */
export interface Movement {
  id: bigint;
  kind: 'settlement' | 'payout-locked' | 'payout-paid' | 'payout-failed';
  /** What came in, or with a minus what left. */
  amountMsat: bigint;
  at: Date;
  orderId: string | null;
  payoutId: string | null;
}

export interface MovementPage {
  limit: number;
  /** The id of the last movement of the page before. */
  after?: bigint | undefined;
}

/** What has moved a seller's balance, newest first. */
export async function readMovements(
  prisma: PrismaClient,
  sellerId: string,
  { limit, after }: MovementPage,
): Promise<{ movements: Movement[]; next: bigint | null }> {
  const rows = await prisma.$queryRaw<Movement[]>`
    SELECT e.id, t.kind, e.amount_msat AS "amountMsat", t.at, p.order_id::text AS "orderId",
           t.payout_id::text AS "payoutId"
    FROM ledger_accounts a
    JOIN ledger_entries e ON e.account_id = a.id
    JOIN ledger_transactions t ON t.id = e.transaction_id
    LEFT JOIN payments p ON p.payment_hash = t.payment_hash
    WHERE a.kind = 'seller' AND a.owner = ${sellerId} AND (${after ?? null}::int8 IS NULL OR e.id < ${after ?? null}::int8)
    ORDER BY e.id DESC LIMIT ${limit + 1}`;
  const movements = rows.slice(0, limit);
  return { movements, next: rows.length > limit ? (movements.at(-1)?.id ?? null) : null };
}
