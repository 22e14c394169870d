import type { JobQueue } from '../boot/context.ts';
import type { FlowDeps } from '../flow/deps.ts';
import { expireGrant } from '../flow/end-grants.ts';

/** Job: records that a grant is over, or comes back when it is. */
export async function expire(deps: FlowDeps, queue: JobQueue, grantId: string): Promise<void> {
  const { lookAgainAtMs } = await expireGrant(deps, grantId);
  if (lookAgainAtMs !== null) await queue.add('expire', grantId, lookAgainAtMs);
}
