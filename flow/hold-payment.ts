import { nowMs } from './clock.ts';
import type { FlowDeps } from './deps.ts';
import { lockOrder } from './lock-order.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Records that the payment of a hold invoice has arrived, so that seeders let the buyer in. What arrived in time goes
 * on from here, whatever the order's expiry; nothing is bought or booked yet. Safe to repeat.
 *
 * @param holdMs for how long it is held at most
 */
export async function holdPayment(
  deps: Pick<FlowDeps, 'prisma' | 'lightning' | 'log'>,
  holdMs: number,
  paymentHash: Bytes,
): Promise<void> {
  const atNode = await deps.lightning.lookUpInvoice(paymentHash);
  if (atNode?.state !== 'held') return;
  const nodeKey = await deps.lightning.nodeKey();
  const held = await deps.prisma.$transaction(async (tx) => {
    const order = await lockOrder(tx, paymentHash);
    if (order?.state !== 'open') return false;
    const now = await nowMs(tx);
    const { count } = await tx.invoice.updateMany({
      where: { paymentHash, hold: true, state: { in: ['preparing', 'open'] } },
      data: {
        state: 'held',
        heldAt: new Date(now),
        holdEndsAt: new Date(now + holdMs),
        bolt11: atNode.bolt11,
        nodeKey,
      },
    });
    return count === 1;
  });
  if (held) deps.log.info({ paymentHash: Buffer.from(paymentHash).toString('hex') }, 'held');
}
