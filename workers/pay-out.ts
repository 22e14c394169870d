import type { FlowDeps } from '../flow/deps.ts';
import { payOut, refusePayout } from '../flow/pay-out.ts';
import type { Lightning } from '../ports/lightning.ts';

/** Job: sends a payout or finds out what became of it. Without a node to pay from, its money goes back at once. */
export async function payOutJob(
  deps: FlowDeps,
  payer: Lightning | undefined,
  payoutId: string,
): Promise<void> {
  if (payer) await payOut({ ...deps, payer }, payoutId);
  else await refusePayout(deps, payoutId);
}
