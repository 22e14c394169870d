import type { JobQueue } from '../boot/context.ts';
import type { FlowDeps } from '../flow/deps.ts';
import { missedSettlements, reconcileSinceMs } from '../flow/follow-settlements.ts';
import { missedHolds } from '../flow/read-holds.ts';
import { tell } from '../ports/measures.ts';

/** Job: compares the node's settled and held invoices with ours, for streams hang without a word. */
export async function reconcile(deps: FlowDeps, queue: JobQueue): Promise<void> {
  const missed = await missedSettlements(deps, await reconcileSinceMs(deps));
  for (const { paymentHash } of missed) {
    await queue.add('settle', Buffer.from(paymentHash).toString('hex'));
  }
  tell('reconciled', { payments: missed.length });
  if (missed.length > 0)
    deps.log.warn({ count: missed.length }, 'settlements found by reconciling');
  const holds = await missedHolds(deps);
  for (const hash of holds) await queue.add('hold', Buffer.from(hash).toString('hex'));
  if (holds.length > 0)
    deps.log.warn({ count: holds.length }, 'held payments found by reconciling');
}
