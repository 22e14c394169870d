import type { NodeInvoice } from '../ports/lightning.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps } from './deps.ts';
import { lockOrder } from './lock-order.ts';
import { inOrderSpan } from './order-trace.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Deps = Pick<FlowDeps, 'prisma' | 'lightning' | 'log'>;

/**
 * Records that the payment of a hold invoice has arrived, so that seeders let the buyer in. What arrived in time goes
 * on from here, whatever the order's expiry; nothing is bought or booked yet. Safe to repeat.
 *
 * @param holdMs for how long it is held at most
 */
export async function holdPayment(deps: Deps, holdMs: number, paymentHash: Bytes): Promise<void> {
  const atNode = await deps.lightning.lookUpInvoice(paymentHash);
  if (atNode?.state !== 'held') return;
  await inOrderSpan(deps.prisma, { paymentHash }, 'hold payment', () =>
    recordHold(deps, holdMs, paymentHash, atNode),
  );
}

async function recordHold(
  deps: Deps,
  holdMs: number,
  paymentHash: Bytes,
  { bolt11 }: NodeInvoice,
): Promise<void> {
  const nodeKey = await deps.lightning.nodeKey();
  const orderId = await deps.prisma.$transaction(async (tx) => {
    const order = await lockOrder(tx, paymentHash);
    if (order?.state !== 'open') return null;
    const now = await nowMs(tx);
    const { count } = await tx.invoice.updateMany({
      where: { paymentHash, hold: true, state: { in: ['preparing', 'open'] } },
      data: {
        state: 'held',
        heldAt: new Date(now),
        holdEndsAt: new Date(now + holdMs),
        fromBlock: order.reach.fromBlock,
        bolt11,
        nodeKey,
      },
    });
    return count === 1 ? order.id : null;
  });
  const hash = Buffer.from(paymentHash).toString('hex');
  if (orderId) deps.log.info({ orderId, paymentHash: hash }, 'held');
}
