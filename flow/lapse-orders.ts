import { NodeUnreachable } from '../ports/lightning.ts';
import type { Invoice, Order } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps } from './deps.ts';
import { lapseOrder } from './lapse-order.ts';
import { settlePayment } from './settle-payment.ts';

const BATCH = 100;

/**
 * Ends orders whose time to pay is over. The node is made to refuse their invoices first; one that was paid at the
 * last instant is settled instead, and one whose payment is held is left to what becomes of that.
 *
 * @returns how many lapsed
 */
export async function lapseOrders(deps: FlowDeps): Promise<number> {
  const now = new Date(await nowMs(deps.prisma));
  const due = await deps.prisma.order.findMany({
    where: { state: 'open', expiresAt: { lte: now }, invoices: { none: { state: 'held' } } },
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
  for (const { paymentHash, hold } of order.invoices) {
    if (hold && (await isHeld(deps, paymentHash))) return 0;
    await deps.lightning.cancelInvoice(paymentHash);
    settled = (await settleIfPaid(deps, paymentHash)) || settled;
  }
  if (settled) return 0;
  const lapsed = await lapseOrder(deps.prisma, order.id);
  if (lapsed > 0) deps.log.info({ orderId: order.id }, 'lapsed');
  return lapsed;
}

// It arrived in time, or the node would not have taken it.
async function isHeld(deps: FlowDeps, paymentHash: Uint8Array): Promise<boolean> {
  return (await deps.lightning.lookUpInvoice(paymentHash))?.state === 'held';
}

async function settleIfPaid(deps: FlowDeps, paymentHash: Uint8Array): Promise<boolean> {
  const invoice = await deps.lightning.lookUpInvoice(paymentHash);
  if (!invoice?.settled) return false;
  const nodeKey = await deps.lightning.nodeKey();
  const settling = { ...invoice.settled, nodeKey, movesCursor: false };
  await settlePayment(deps, { ...settling, foundBy: 'lapse' });
  return true;
}
