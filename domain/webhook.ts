const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long after each failed attempt the next is made; the schedule that the Standard Webhooks spec proposes. */
const RETRY_AFTER_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
/** Up to so much is added to a wait, so that what failed together does not come back together. */
const JITTER = 0.1;
const MAX_ASKED_WAIT_MS = DAY_MS;
const GIVE_UP_AFTER_MS = 5 * DAY_MS;

/** How one attempt ended: the answer's status, or null when there was none. */
export interface Attempt {
  status: number | null;
  /** The answer's Retry-After, in milliseconds from now. */
  retryAfterMs: number | null;
}

export type AttemptVerdict =
  | { outcome: 'delivered' }
  | { outcome: 'retry'; afterMs: number }
  | { outcome: 'failed' }
  /** The receiver wants nothing more: the endpoint is to be disabled. */
  | { outcome: 'gone' };

/**
 * What becomes of a delivery after an attempt.
 *
 * @param attempts how many there were, this one included
 * @param random from 0 to 1
 */
export function judgeAttempt(attempt: Attempt, attempts: number, random: number): AttemptVerdict {
  const { status } = attempt;
  if (status !== null && status >= 200 && status < 300) return { outcome: 'delivered' };
  if (status === 410) return { outcome: 'gone' };
  const waitMs = RETRY_AFTER_MS[attempts - 1];
  if (waitMs === undefined) return { outcome: 'failed' };
  const afterMs = Math.round(waitMs * (1 + JITTER * random));
  return { outcome: 'retry', afterMs: Math.max(afterMs, askedWaitMs(attempt)) };
}

/** Whether an endpoint that has failed since then without a single success is given up. */
export function isGivenUp(failingSinceMs: number, nowMs: number): boolean {
  return nowMs - failingSinceMs >= GIVE_UP_AFTER_MS;
}

/** Reads a Retry-After header (RFC 9110, section 10.2.3): seconds, or a date. */
export function readRetryAfter(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * SECOND_MS : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

function askedWaitMs({ status, retryAfterMs }: Attempt): number {
  const mayAsk = status === 429 || status === 503;
  return mayAsk ? Math.min(retryAfterMs ?? 0, MAX_ASKED_WAIT_MS) : 0;
}
