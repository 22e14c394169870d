import type { JobQueue } from '../boot/context.ts';
import { dueDeliveries } from '../flow/deliver-webhook.ts';
import type { FlowDeps } from '../flow/deps.ts';
import { overdueGrants } from '../flow/end-grants.ts';
import { lapseOrders } from '../flow/lapse-orders.ts';
import { pendingPayouts } from '../flow/pay-out.ts';
import { unfinishedHolds } from '../flow/read-holds.ts';
import { relayOutbox } from '../flow/relay-outbox.ts';
import { WEBHOOKS_PER_ENDPOINT } from './webhook.ts';

/** Job: finds in Postgres what a lost job or a missed notification has left undone. */
export async function sweep(deps: FlowDeps, queue: JobQueue): Promise<void> {
  await relayOutbox(deps.prisma, queue);
  for (const grantId of await overdueGrants(deps)) await queue.add('expire', grantId);
  const { held, overdue } = await unfinishedHolds(deps.prisma);
  for (const hash of overdue) await queue.add('hold', Buffer.from(hash).toString('hex'));
  for (const hash of held) await queue.add('end-hold', Buffer.from(hash).toString('hex'));
  for (const payoutId of await pendingPayouts(deps)) await queue.add('payout', payoutId);
  const webhooks = await dueDeliveries(deps.prisma, WEBHOOKS_PER_ENDPOINT);
  for (const deliveryId of webhooks) await queue.add('webhook', deliveryId);
  await lapseOrders(deps);
}
