import { tell } from '../ports/measures.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { announce } from './announce.ts';
import { orderLapsed } from './announce-order.ts';
import { nowMs } from './clock.ts';
import type { Tx } from './deps.ts';

/**
 * Records that an order has ended unpaid, if it is open; to be called once its invoice can be paid no more.
 *
 * @returns how many orders lapsed: one or none
 */
export async function lapseOrder(prisma: PrismaClient, orderId: string): Promise<number> {
  const lapsed = await prisma.$transaction(async (tx) => {
    const { count } = await tx.order.updateMany({
      where: { id: orderId, state: 'open' },
      data: { state: 'lapsed' },
    });
    if (count === 0) return 0;
    await tx.invoice.updateMany({
      where: { orderId, state: { in: ['preparing', 'open', 'held'] } },
      data: { state: 'cancelled' },
    });
    await announceLapse(tx, orderId);
    return count;
  });
  if (lapsed > 0) tell('order', { became: 'lapsed' });
  return lapsed;
}

async function announceLapse(tx: Tx, orderId: string): Promise<void> {
  const order = await tx.order.findUniqueOrThrow({
    where: { id: orderId },
    include: {
      listing: { select: { sellerId: true, slug: true } },
      plan: { select: { name: true } },
    },
  });
  const { listing, plan } = order;
  await announce(tx, orderLapsed({ ...order, ...listing, planName: plan.name }, await nowMs(tx)));
}
