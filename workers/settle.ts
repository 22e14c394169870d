import type { FlowDeps } from '../flow/deps.ts';
import { settlePayment } from '../flow/settle-payment.ts';

/** Job: records the settlement of a payment hash, as the node tells it now. */
export async function settle(deps: FlowDeps, paymentHashHex: string): Promise<void> {
  const invoice = await deps.lightning.lookUpInvoice(Buffer.from(paymentHashHex, 'hex'));
  if (!invoice?.settled) return;
  const nodeKey = await deps.lightning.nodeKey();
  const settling = { ...invoice.settled, nodeKey, movesCursor: false };
  await settlePayment(deps, { ...settling, foundBy: 'list' });
}
