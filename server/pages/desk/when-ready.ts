import { setTimeout as sleep } from 'node:timers/promises';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';

const TRIES = 12;
const EVERY_MS = 400;

/** Does something to a feed that may be so new that its core is still being made: tries for some seconds. */
export async function whenReady<T extends object>(
  act: () => Promise<T | Refusal>,
): Promise<T | Refusal> {
  for (let tries = 1; ; tries += 1) {
    const result = await act();
    const isEarly = isRefusal(result) && result.refused === 'feed-not-ready';
    if (!isEarly || tries >= TRIES) return result;
    await sleep(EVERY_MS);
  }
}
