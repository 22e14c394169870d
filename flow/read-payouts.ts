import type { Payout, PrismaClient } from '../prisma/client/client.ts';

const MAX_REFUNDS = 20;

export interface Balance {
  /** What can be paid out now. */
  availableMsat: bigint;
  /** Locked by payouts under way, fee limits included. */
  lockedMsat: bigint;
  /** Paid out so far, and what its routing cost. */
  paidOutMsat: bigint;
  feesMsat: bigint;
}

/** A seller's money. */
export async function readBalance(prisma: PrismaClient, sellerId: string): Promise<Balance> {
  const [account, payouts] = await prisma.$transaction(
    [
      prisma.ledgerAccount.findUnique({
        where: { kind_owner: { kind: 'seller', owner: sellerId } },
      }),
      prisma.payout.groupBy({
        by: ['state'],
        where: { sellerId },
        orderBy: { state: 'asc' },
        _sum: { amountMsat: true, maxFeeMsat: true, feeMsat: true },
      }),
    ],
    { isolationLevel: 'RepeatableRead' },
  );
  const sumOf = (state: Payout['state']) => payouts.find((each) => each.state === state)?._sum;
  const pending = sumOf('pending');
  const paid = sumOf('paid');
  return {
    availableMsat: account?.balanceMsat ?? 0n,
    lockedMsat: (pending?.amountMsat ?? 0n) + (pending?.maxFeeMsat ?? 0n),
    paidOutMsat: paid?.amountMsat ?? 0n,
    feesMsat: paid?.feeMsat ?? 0n,
  };
}

export interface PayoutPage {
  limit: number;
  /** The id of the last payout of the page before. */
  after: string | null;
}

/** A seller's withdrawals, newest first. */
export async function readPayouts(
  prisma: PrismaClient,
  sellerId: string,
  { limit, after }: PayoutPage,
): Promise<{ payouts: Payout[]; next: string | null }> {
  const rows = await prisma.payout.findMany({
    where: { sellerId, ...(after ? { id: { lt: after } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const payouts = rows.slice(0, limit);
  return { payouts, next: rows.length > limit ? (payouts.at(-1)?.id ?? null) : null };
}

/** A withdrawal of this seller. */
export function readPayout(
  prisma: PrismaClient,
  sellerId: string,
  id: string,
): Promise<Payout | null> {
  return prisma.payout.findFirst({ where: { id, sellerId } });
}

/** A refund of an order of this buyer. */
export function readRefund(
  prisma: PrismaClient,
  buyerKey: Uint8Array<ArrayBuffer>,
  id: string,
): Promise<Payout | null> {
  return prisma.payout.findFirst({ where: { id, order: { buyerKey } } });
}

/** What was paid out of what an order is owed back, or is to be: newest first. */
export function readRefunds(prisma: PrismaClient, orderId: string): Promise<Payout[]> {
  return prisma.payout.findMany({
    where: { orderId },
    orderBy: { id: 'desc' },
    take: MAX_REFUNDS,
  });
}
