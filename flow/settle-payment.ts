import { bookSettlement } from '../domain/ledger.ts';
import { type Judgement, judge } from '../domain/payment.ts';
import type { SettledInvoice } from '../ports/lightning.ts';
import { tell } from '../ports/measures.ts';
import { inSpan, type Span } from '../ports/trace.ts';
import { type Announcement, announce } from './announce.ts';
import { grantAnnouncement } from './announce-grant.ts';
import { orderPaid } from './announce-order.ts';
import { latePayment } from './announce-payment.ts';
import { book } from './book.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';
import { grantFields, issueGrant } from './issue-grant.ts';
import { type LockedOrder, lockOrder } from './lock-order.ts';
import { inOrderSpan, keptTrace } from './order-trace.ts';

type Bytes = Uint8Array<ArrayBuffer>;

type Deps = Pick<FlowDeps, 'prisma' | 'log' | 'commissionBasisPoints'>;

export type SettleOutcome = Judgement['outcome'] | 'replayed';

export interface Settling extends SettledInvoice {
  nodeKey: string;
  /** Whether this comes from the node's stream in its order, so that the cursor may move up to it. */
  movesCursor: boolean;
  /** Who came upon it, for log and trace. */
  foundBy?: 'stream' | 'list' | 'hold' | 'lapse';
}

/**
 * Records one settled payment, once: payment, ledger, order, grant, outbox and cursor in one transaction.
 * Told again of the same payment hash it changes nothing but the cursor.
 */
export function settlePayment(deps: Deps, settling: Settling): Promise<SettleOutcome> {
  const paymentHash = Uint8Array.from(settling.paymentHash);
  return inOrderSpan(deps.prisma, { paymentHash }, 'settle payment', async (span) => {
    const recorded = await deps.prisma.$transaction(async (tx) => {
      if (settling.movesCursor) await moveCursor(tx, settling);
      const order = await lockOrder(tx, paymentHash);
      const judgement = judge(settling, order);
      if (!(await claim(tx, settling, paymentHash, order?.id ?? null, judgement))) {
        return { order, judgement: null, given: null };
      }
      const given = order && (await apply(tx, deps, settling, paymentHash, order, judgement));
      return { order, judgement, given };
    });
    if (recorded.judgement) measure(recorded.judgement, settling);
    return tellOutcome(deps.log, span, settling, recorded);
  });
}

type Given = Awaited<ReturnType<typeof issueGrant>>;

interface Recorded {
  order: LockedOrder | null;
  /** null: it was recorded before. */
  judgement: Judgement | null;
  given: Given | null;
}

function tellOutcome(
  log: Deps['log'],
  span: Span,
  { paymentHash, receivedMsat, foundBy }: Settling,
  { order, judgement, given }: Recorded,
): SettleOutcome {
  const outcome = judgement?.outcome ?? 'replayed';
  const orderId = order?.id;
  const hash = Buffer.from(paymentHash).toString('hex');
  const more = { outcome, foundBy, receivedMsat: String(receivedMsat) };
  const fields = { orderId, paymentHash: hash, ...more };
  if (outcome === 'replayed') log.debug(fields, 'settled before');
  else log[outcome === 'unknown' ? 'warn' : 'info'](fields, 'settled');
  if (given) log.info({ orderId, paymentHash: hash, ...grantFields(given) }, 'granted');
  span.setAttributes({
    'dazaar.order_id': orderId,
    'dazaar.outcome': outcome,
    'dazaar.found_by': foundBy,
  });
  return outcome;
}

function measure({ outcome, grants }: Judgement, { settledAtMs }: Settling): void {
  const secondsSinceSettled = Math.max(0, (Date.now() - settledAtMs) / 1000);
  tell('payment', { outcome, grants, secondsSinceSettled });
  if (grants) tell('order', { became: 'paid' });
}

async function moveCursor(tx: Tx, { nodeKey, settleIndex }: Settling): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO node_cursors (node_key, settle_index, updated_at) VALUES (${nodeKey}, ${settleIndex}, now())
    ON CONFLICT (node_key) DO UPDATE
      SET settle_index = greatest(node_cursors.settle_index, excluded.settle_index), updated_at = now()`;
}

async function claim(
  tx: Tx,
  settling: Settling,
  paymentHash: Bytes,
  orderId: string | null,
  judgement: Judgement,
): Promise<boolean> {
  const { count } = await tx.payment.createMany({
    data: {
      paymentHash,
      orderId,
      nodeKey: settling.nodeKey,
      settleIndex: settling.settleIndex,
      outcome: judgement.outcome,
      receivedMsat: settling.receivedMsat,
      creditedMsat: judgement.creditedMsat,
      refundableMsat: judgement.refundableMsat,
      settledAt: new Date(settling.settledAtMs),
    },
    skipDuplicates: true,
  });
  return count === 1;
}

async function apply(
  tx: Tx,
  deps: Pick<FlowDeps, 'commissionBasisPoints'>,
  settling: Settling,
  paymentHash: Bytes,
  order: LockedOrder,
  judgement: Judgement,
): Promise<Given | null> {
  await tx.invoice.update({ where: { paymentHash }, data: { state: 'settled' } });
  const late = latePayment({ ...settling, paymentHash, order, judgement });
  const given = judgement.grants ? await give(tx, paymentHash, order, late) : null;
  if (!given) await keep(tx, order, late);
  // The accounts are shared by all settlements, so their rows are locked as late and as shortly as possible.
  const entries = bookSettlement({
    nodeKey: settling.nodeKey,
    sellerId: order.sellerId,
    orderId: order.id,
    creditedMsat: judgement.creditedMsat,
    refundableMsat: judgement.refundableMsat,
    commissionBasisPoints: deps.commissionBasisPoints,
  });
  await book(tx, { kind: 'settlement', paymentHash }, entries);
  await given?.writeLog();
  return given;
}

// What comes of the grant, at the seeder and in webhooks, goes on from here.
function give(tx: Tx, paymentHash: Bytes, order: LockedOrder, late: Announcement[]) {
  return inSpan('issue grant', {}, () => issue(tx, paymentHash, order, late));
}

async function issue(tx: Tx, paymentHash: Bytes, order: LockedOrder, late: Announcement[]) {
  const { id, feedId, buyerKey, durationMs, reach } = order;
  const now = await nowMs(tx);
  const data = { state: 'paid' as const, paidAt: new Date(now), ...keptTrace() };
  await tx.order.update({ where: { id }, data });
  const purchase = { feedId, buyerKey, durationMs, reach, paymentHash, nowMs: now };
  const given = await issueGrant(tx, purchase);
  const { grant, change } = given;
  await announce(
    tx,
    orderPaid(order, now),
    grantAnnouncement(`grant.${change}`, grant, order),
    { topic: 'grant.changed', subjectId: grant.id },
    ...late,
  );
  return given;
}

async function keep(tx: Tx, { id, state }: LockedOrder, late: Announcement[]): Promise<void> {
  await announce(tx, ...late);
  // Written as it is, so that whoever watches the order hears that its payment did not buy what was meant.
  await tx.order.update({ where: { id }, data: { state } });
}
