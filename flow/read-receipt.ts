import type { PrismaClient } from '../prisma/client/client.ts';
import { readOrder } from './read-orders.ts';

/** What an order bought. */
export interface BoughtAccess {
  fromMs: number;
  /** null: without an end. */
  untilMs: number | null;
}

/**
 * The access that an order paid for, as it was given: later orders, moves and revocations change the grant, not this.
 * null while there is none.
 */
export async function readBoughtAccess(
  prisma: PrismaClient,
  orderId: string,
): Promise<BoughtAccess | null> {
  const view = await readOrder(prisma, orderId);
  if (view?.order.state !== 'paid') return null;
  const { order, payments, grant } = view;
  const durationMs = order.durationMs === null ? null : Number(order.durationMs);
  const given = await prisma.grantLog.findFirst({
    where: { paymentHash: { in: payments.map(({ paymentHash }) => paymentHash) } },
  });
  if (given) return boughtBy(given, durationMs);
  return grant && { fromMs: grant.startsAt.getTime(), untilMs: grant.expiresAt?.getTime() ?? null };
}

// An extension's row has the start of what it was appended to.
function boughtBy(
  { change, startsAt, expiresAt }: { change: string; startsAt: Date; expiresAt: Date | null },
  durationMs: number | null,
): BoughtAccess {
  const untilMs = expiresAt?.getTime() ?? null;
  const isAppended = change === 'extended' && untilMs !== null && durationMs !== null;
  return { fromMs: isAppended ? untilMs - durationMs : startsAt.getTime(), untilMs };
}
