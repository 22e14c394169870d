import { nowMs } from './clock.ts';
import type { FlowDeps } from './deps.ts';
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
    let settled = false;
    for (const { paymentHash } of order.invoices) {
      await deps.lightning.cancelInvoice(paymentHash);
      settled = (await settleIfPaid(deps, paymentHash)) || settled;
    }
    if (!settled) lapsed += await lapse(deps, order.id);
  }
  return lapsed;
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
    await tx.outbox.create({ data: { topic: 'order.lapsed', subjectId: orderId } });
    return count;
  });
}
