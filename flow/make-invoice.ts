import { createHash, randomBytes } from 'node:crypto';
import { inSpan } from '../ports/trace.ts';
import type { Listing, Order } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';

// A node rounds to seconds, and takes an expiry of zero for its default of a day.
const MIN_INVOICE_MS = 1_000;

/** Writes down the invoice that an order will have, in the transaction that opens the order. */
export async function prepareInvoice(
  tx: Tx,
  { id, priceMsat, expiresAt }: Order,
  { holdsPayments }: Listing,
): Promise<void> {
  const preimage = randomBytes(32);
  const paymentHash = createHash('sha256').update(preimage).digest();
  await tx.invoice.create({
    data: {
      paymentHash,
      orderId: id,
      preimage,
      amountMsat: priceMsat,
      hold: holdsPayments,
      expiresAt,
    },
  });
}

/** Asks the node for the order's invoice if it has none yet. Safe to repeat and to run twice at once. */
export async function makeInvoice(deps: FlowDeps, orderId: string): Promise<void> {
  const invoice = await deps.prisma.invoice.findFirst({
    where: { orderId, state: 'preparing', order: { state: 'open' } },
    include: { order: { include: { listing: true, plan: true } } },
  });
  // Repeated too late, the order has nothing to pay any more: it lapses without an invoice.
  if (!invoice) return;
  const askedAtMs = Date.now();
  const leftMs = invoice.expiresAt.getTime() - (await nowMs(deps.prisma));
  if (leftMs < MIN_INVOICE_MS) return;
  const { order, paymentHash, hold } = invoice;
  const hash = Buffer.from(paymentHash).toString('hex');
  const nodeKey = await deps.lightning.nodeKey();
  const attributes = { 'dazaar.order_id': orderId, 'dazaar.payment_hash': hash };
  const making = inSpan('create invoice', { kind: 'client', attributes }, () =>
    deps.lightning.createInvoice({
      preimage: invoice.preimage,
      amountMsat: invoice.amountMsat,
      description: `${order.listing.title}: ${order.quantity} × ${order.plan.name}`,
      // By the clock of this host, which need not be the database's: the node is told how far off that is.
      expiresAtMs: askedAtMs + leftMs,
      hold,
    }),
  );
  const made = await making.catch(async (error) => {
    // Held up until its time was over it can only fail, and the order lapses as above.
    if (invoice.expiresAt.getTime() - MIN_INVOICE_MS < (await nowMs(deps.prisma))) return null;
    throw error;
  });
  if (!made) return;
  await deps.prisma.invoice.updateMany({
    where: { paymentHash, state: 'preparing' },
    data: { state: 'open', bolt11: made.bolt11, nodeKey },
  });
  deps.log.info({ orderId, paymentHash: hash, nodeKey, hold }, 'invoice made');
}
