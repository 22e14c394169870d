import { judgeHold } from '../domain/hold.ts';
import type { NodeInvoice } from '../ports/lightning.ts';
import type { Invoice } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps } from './deps.ts';
import { lapseOrder } from './lapse-order.ts';
import { inOrderSpan } from './order-trace.ts';
import { settlePayment } from './settle-payment.ts';

// A seeder says every 5 s that it is up.
const SEEDER_SILENT_AFTER_MS = 15_000;

type Deps = Pick<FlowDeps, 'prisma' | 'lightning' | 'log' | 'commissionBasisPoints'>;

/**
 * Takes a held payment once a seeder lets the buyer in, or gives it back when its time is over. The node decides: it
 * does one of the two, whoever asks for what, how often and at once, and what it did is read from it and recorded. So
 * whatever dies, and wherever, the next one goes on from what the node says.
 */
export async function endHold(deps: Deps, paymentHash: Uint8Array<ArrayBuffer>): Promise<void> {
  const invoice = await deps.prisma.invoice.findUnique({ where: { paymentHash } });
  if (invoice?.state !== 'held') return;
  const found = await deps.lightning.lookUpInvoice(paymentHash);
  // One that is open again at a node restored from a backup is as good as given back.
  const isUndecided = found?.state === 'held' || found?.state === 'open';
  const verdict = isUndecided ? await decide(deps, invoice, found) : null;
  if (verdict === 'wait') return;
  await inOrderSpan(deps.prisma, { id: invoice.orderId }, 'end hold', async (span) => {
    span.setAttribute('dazaar.verdict', verdict ?? 'node');
    await carryOut(deps, invoice, verdict, found);
  });
}

type Verdict = ReturnType<typeof judgeHold>;

/** @param verdict null: the node has ended it by itself, as `found` says */
async function carryOut(
  deps: Deps,
  { orderId, paymentHash, preimage }: Invoice,
  verdict: Verdict | null,
  found: NodeInvoice | null,
): Promise<void> {
  if (verdict === 'take') await deps.lightning.settleHeld(preimage);
  else if (verdict) await deps.lightning.cancelInvoice(paymentHash);
  const atNode = verdict ? await deps.lightning.lookUpInvoice(paymentHash) : found;
  if (atNode?.state === 'held' || atNode?.state === 'open') return;
  if (atNode?.settled) {
    const nodeKey = await deps.lightning.nodeKey();
    const settling = { ...atNode.settled, nodeKey, movesCursor: false, foundBy: 'hold' as const };
    await settlePayment(deps, settling);
    return;
  }
  // Given back: by us, or by the node itself ahead of its deadline.
  const lapsed = await lapseOrder(deps.prisma, orderId);
  const hash = Buffer.from(paymentHash).toString('hex');
  if (lapsed > 0)
    deps.log.warn({ orderId, paymentHash: hash }, 'lapsed: a held payment was given back');
}

async function decide({ prisma }: Deps, invoice: Invoice, atNode: NodeInvoice): Promise<Verdict> {
  const now = await nowMs(prisma);
  return judgeHold(
    {
      endsAtMs: invoice.holdEndsAt?.getTime() ?? 0,
      blocksLeft: atNode.blocksLeft ?? 0,
      isServed: await isServed(prisma, invoice, now),
    },
    now,
  );
}

// One that has died since it said so serves nobody.
async function isServed(
  prisma: Deps['prisma'],
  { servedBy }: Invoice,
  now: number,
): Promise<boolean> {
  if (!servedBy) return false;
  const seeder = await prisma.seeder.findUnique({ where: { noiseKey: servedBy } });
  return seeder !== null && seeder.seenAt.getTime() > now - SEEDER_SILENT_AFTER_MS;
}
