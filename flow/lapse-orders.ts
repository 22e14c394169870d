import { NodeUnreachable } from '../ports/lightning.ts';
import type { Invoice, Order } from '../prisma/client/client.ts';
import { announce } from './announce.ts';
import { orderLapsed } from './announce-order.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';
import { settlePayment } from './settle-payment.ts';

const BATCH = 100;

/**
 * Ends orders whose time to pay is over. The node is made to refuse their invoices first; one that was paid at the
 * last instant is settled instead.
 *
 * @returns how many lapsed
 */
export async function lapseOrders(deps: FlowDeps): Promise<number> {
  const now = new Date(await nowMs(deps.prisma));
  const due = await deps.prisma.order.findMany({
    where: { state: 'open', expiresAt: { lte: now } },
    orderBy: { expiresAt: 'asc' },
    take: BATCH,
    include: { invoices: true },
  });
  let lapsed = 0;
  for (const order of due) {
    try {
      lapsed += await endOne(deps, order);
    } catch (err) {
      // One order that cannot be ended must not hold up the others; without a node none can.
      if (err instanceof NodeUnreachable) throw err;
      deps.log.error({ err, orderId: order.id }, 'the order could not be ended');
    }
  }
  return lapsed;
}

async function endOne(deps: FlowDeps, order: Order & { invoices: Invoice[] }): Promise<number> {
  let settled = false;
  for (const { paymentHash } of order.invoices) {
    await deps.lightning.cancelInvoice(paymentHash);
    settled = (await settleIfPaid(deps, paymentHash)) || settled;
  }
  return settled ? 0 : lapse(deps, order.id);
}

async function settleIfPaid(deps: FlowDeps, paymentHash: Uint8Array): Promise<boolean> {
  const invoice = await deps.lightning.lookUpInvoice(paymentHash);
  if (!invoice?.settled) return false;
  const nodeKey = await deps.lightning.nodeKey();
  await settlePayment(deps, { ...invoice.settled, nodeKey, movesCursor: false });
  return true;
}

async function lapse(deps: FlowDeps, orderId: string): Promise<number> {
  return deps.prisma.$transaction(async (tx) => {
    const { count } = await tx.order.updateMany({
      where: { id: orderId, state: 'open' },
      data: { state: 'lapsed' },
    });
    if (count === 0) return 0;
    await tx.invoice.updateMany({
      where: { orderId, state: { in: ['preparing', 'open'] } },
      data: { state: 'cancelled' },
    });
    await announceLapse(tx, orderId);
    return count;
  });
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
