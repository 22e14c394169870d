import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const WAIT_MS = 60_000;
const POLL_MS = 25;

/** Polls until `holds`, or fails: for what has no event to wait for. */
export async function until(holds: () => Promise<boolean>, waitMs = WAIT_MS): Promise<void> {
  const deadline = Date.now() + waitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) assert.fail(`not within ${waitMs} ms: ${holds}`);
    await sleep(POLL_MS);
  }
}
