import { setTimeout as sleep } from 'node:timers/promises';

const ANSWER_TIMEOUT_MS = 30_000;
const PATIENCE_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;

/** Sends a request that is safe to repeat, again and again for up to a minute while the market cannot answer it. */
export async function patientFetch(request: Request): Promise<Response> {
  const giveUpAtMs = Date.now() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const outcome = await fetch(request.clone(), { signal }).catch((error: Error) => error);
    if (outcome instanceof Response && !isPassing(outcome.status)) return outcome;
    if (Date.now() > giveUpAtMs) {
      if (outcome instanceof Response) return outcome;
      throw outcome;
    }
    await sleep(pauseMs);
  }
}

const isPassing = (status: number) => status === 408 || status === 429 || status >= 500;
