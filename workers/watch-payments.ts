import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowDeps } from '../flow/deps.ts';
import { followSettlements } from '../flow/follow-settlements.ts';

const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5_000;
const STEADY_MS = 10_000;

/** Follows the node's settlements until `signal` aborts: whatever breaks, it begins again from the saved cursor. */
export async function watchPayments(deps: FlowDeps, signal: AbortSignal): Promise<void> {
  let delayMs = RETRY_MIN_MS;
  while (!signal.aborted) {
    const startedAtMs = Date.now();
    try {
      await followSettlements(deps, signal);
    } catch (err) {
      deps.log.warn({ err }, 'the stream of settlements broke; starting it again');
    }
    if (Date.now() - startedAtMs > STEADY_MS) delayMs = RETRY_MIN_MS;
    await sleep(delayMs, undefined, { signal }).catch(() => {});
    delayMs = Math.min(delayMs * 2, RETRY_MAX_MS);
  }
}
