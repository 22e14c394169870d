import { createHash } from 'node:crypto';
import { bookFailed, bookPaid, type PayoutAmounts } from '../domain/payout.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Lightning, PaymentResult } from '../ports/lightning.ts';
import type { Payout } from '../prisma/client/client.ts';
import { announce } from './announce.ts';
import { book } from './book.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';

const PAY_TIMEOUT_MS = 60_000;
// A node refuses to pay what has expired; its clock may be a little behind ours.
const SURELY_EXPIRED_MS = 60_000;
const BATCH = 200;

type FailedOrPaid = Extract<PaymentResult, { state: 'succeeded' | 'failed' }>;

export type PayoutDeps = Pick<FlowDeps, 'prisma' | 'log'> & {
  payer: Lightning;
  /** The same node, opened by whoever may look invoices up. */
  lightning: Pick<Lightning, 'lookUpInvoice'>;
};

/**
 * Sends a payout, or finds out what became of it. It is sent once: whoever marks it sends it, and whoever finds it
 * marked only tracks its hash. So it is never paid twice, whatever dies or hangs in between; one that was marked and
 * never reached the node fails when its invoice can no longer be paid. Until the node says paid or failed, its amount
 * stays locked: also when the node was restored and has forgotten what it sent.
 */
export async function payOut(deps: PayoutDeps, payoutId: string): Promise<Payout['state']> {
  const nodeKey = await deps.payer.nodeKey();
  const isOurs = await mark(deps, payoutId, nodeKey);
  const payout = await deps.prisma.payout.findUniqueOrThrow({ where: { id: payoutId } });
  if (payout.state !== 'pending') return payout.state;
  if (payout.nodeKey !== nodeKey) {
    deps.log.error({ payoutId, sentBy: payout.nodeKey, nodeKey }, 'another node sent this payout');
    return 'pending';
  }
  const result = isOurs ? await send(deps, payout) : await track(deps, payout);
  if (result.state === 'succeeded' || result.state === 'failed') {
    return finish(deps, payout, nodeKey, result);
  }
  return 'pending';
}

/** Gives back the money of a payout that was never sent, because this market has no node to pay from. */
export async function refusePayout(
  deps: Pick<FlowDeps, 'prisma' | 'log'>,
  payoutId: string,
): Promise<void> {
  const payout = await deps.prisma.payout.findUniqueOrThrow({ where: { id: payoutId } });
  if (payout.sentAt) return;
  await finish(deps, payout, '', { state: 'failed', reason: 'payouts-are-off' });
}

/**
 * Ends a payout that its node has forgotten, as whoever operates the market has found out: from the payee, who can show
 * the preimage of what was paid, or by waiting until nothing can be under way any more.
 *
 * @param preimage null: it was not paid
 */
export async function endPayout(
  deps: Pick<FlowDeps, 'prisma' | 'log'>,
  payoutId: string,
  preimage: Uint8Array | null,
): Promise<Pick<Payout, 'state'> | Refusal> {
  const payout = await deps.prisma.payout.findUnique({ where: { id: payoutId } });
  if (!payout) return refuse('payout-not-found', 'There is no such payout.');
  const { nodeKey, state, maxFeeMsat: feeMsat, paymentHash } = payout;
  if (state !== 'pending' || nodeKey === null) return { state };
  if (preimage === null) {
    const failed = { state: 'failed', reason: 'ended-by-the-market' } as const;
    return { state: await finish(deps, payout, nodeKey, failed) };
  }
  if (!createHash('sha256').update(preimage).digest().equals(paymentHash)) {
    return refuse('payee-invalid', 'That is not the preimage of this payout.');
  }
  // What the routing cost is forgotten too: at most what was locked for it.
  const paid = { state: 'succeeded', preimage, feeMsat } as const;
  return { state: await finish(deps, payout, nodeKey, paid) };
}

/** The payouts that are not at their end: what a lost job leaves behind. */
export async function pendingPayouts({ prisma }: Pick<FlowDeps, 'prisma'>): Promise<string[]> {
  const rows = await prisma.payout.findMany({
    where: { state: 'pending' },
    select: { id: true },
    orderBy: { createdAt: 'asc' },
    take: BATCH,
  });
  return rows.map(({ id }) => id);
}

async function mark({ prisma }: PayoutDeps, id: string, nodeKey: string): Promise<boolean> {
  const sentAt = new Date(await nowMs(prisma));
  const { count } = await prisma.payout.updateMany({
    where: { id, state: 'pending', sentAt: null },
    data: { sentAt, nodeKey },
  });
  return count === 1;
}

function send({ payer }: PayoutDeps, { bolt11, maxFeeMsat }: Payout): Promise<PaymentResult> {
  return payer.pay({ bolt11, maxFeeMsat, timeoutMs: PAY_TIMEOUT_MS });
}

async function track(deps: PayoutDeps, payout: Payout): Promise<PaymentResult> {
  const { payer, prisma, log } = deps;
  const result = await payer.track(payout.paymentHash);
  if (result.state !== 'unknown') return result;
  const expiresAtMs = payer.readInvoice(payout.bolt11)?.expiresAtMs ?? 0;
  const expired = expiresAtMs + SURELY_EXPIRED_MS < (await nowMs(prisma));
  if (!expired) return result;
  if (await remembers(deps, payout))
    return { state: 'failed', reason: 'expired-before-it-was-sent' };
  log.error(
    { payoutId: payout.id },
    'the node was restored and may have sent this payout: end it by hand',
  );
  return { state: 'pending' };
}

// A node that comes back from its seed alone has its old key and none of its payments: that it knows nothing of one says
// something only while it still knows what it was paid before that.
async function remembers({ prisma, lightning }: PayoutDeps, payout: Payout): Promise<boolean> {
  const before = await prisma.payment.findFirst({
    where: { nodeKey: payout.nodeKey!, recordedAt: { lte: payout.sentAt! } },
    orderBy: { settleIndex: 'desc' },
  });
  if (!before) return false;
  const invoice = await lightning.lookUpInvoice(before.paymentHash);
  return invoice?.settled?.settleIndex === before.settleIndex;
}

async function finish(
  { prisma, log }: Pick<FlowDeps, 'prisma' | 'log'>,
  payout: Payout,
  nodeKey: string,
  result: FailedOrPaid,
): Promise<Payout['state']> {
  const state = result.state === 'succeeded' ? 'paid' : 'failed';
  const { id, paymentHash } = payout;
  await prisma.$transaction(async (tx) => {
    const { count } = await tx.payout.updateMany({
      where: { id, state: 'pending', sentAt: payout.sentAt },
      data: { state, endedAt: new Date(await nowMs(tx)), ...outcomeOf(result) },
    });
    if (count === 1) await record(tx, payout, nodeKey, result);
  });
  const hash = Buffer.from(paymentHash).toString('hex');
  const orderId = payout.orderId ?? undefined;
  const failure = result.state === 'failed' ? result.reason : undefined;
  log.info({ payoutId: id, orderId, paymentHash: hash, failure }, `payout ${state}`);
  return state;
}

function outcomeOf(result: FailedOrPaid) {
  if (result.state === 'failed') return { failure: result.reason };
  return { preimage: Uint8Array.from(result.preimage), feeMsat: result.feeMsat };
}

async function record(
  tx: Tx,
  payout: Payout,
  nodeKey: string,
  result: FailedOrPaid,
): Promise<void> {
  const payoutId = payout.id;
  const amounts = amountsOf(payout);
  if (result.state === 'succeeded') {
    await book(tx, { kind: 'payout-paid', payoutId }, bookPaid(amounts, nodeKey, result.feeMsat));
  } else {
    await book(tx, { kind: 'payout-failed', payoutId }, bookFailed(amounts));
  }
  await tell(tx, payoutId);
}

async function tell(tx: Tx, payoutId: string): Promise<void> {
  const ended = await tx.payout.findUniqueOrThrow({
    where: { id: payoutId },
    include: { order: { select: { listing: { select: { sellerId: true } } } } },
  });
  const sellerId = ended.sellerId ?? ended.order?.listing.sellerId;
  if (!sellerId || !ended.endedAt) throw new Error(`payout ${payoutId} has not ended for anybody`);
  await announce(tx, {
    topic: ended.state === 'paid' ? 'payout.paid' : 'payout.failed',
    subjectId: payoutId,
    sellerId,
    payload: {
      payoutId,
      kind: ended.kind,
      orderId: ended.orderId,
      paymentHash: Buffer.from(ended.paymentHash).toString('hex'),
      amountMsat: ended.amountMsat.toString(),
      feeMsat: ended.feeMsat?.toString() ?? null,
      failure: ended.failure,
      endedAtMs: ended.endedAt.getTime(),
    },
  });
}

function amountsOf({ id, kind, sellerId, orderId, amountMsat, maxFeeMsat }: Payout): PayoutAmounts {
  const source =
    kind === 'withdrawal'
      ? { kind: 'seller' as const, owner: sellerId as string }
      : { kind: 'refundable' as const, owner: orderId as string };
  return { payoutId: id, source, amountMsat, maxFeeMsat };
}
