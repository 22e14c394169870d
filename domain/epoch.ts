/** The shortest and the longest that an epoch of a sealed feed may last. */
export const MIN_EPOCH_MS = 10_000;
export const MAX_EPOCH_MS = 24 * 60 * 60 * 1000;

/** How long one is unless the seller says so. */
export const USUAL_EPOCH_MS = 5 * 60 * 1000;

/** Epochs of a sealed feed by their numbers, the first and the last of them included. */
export interface EpochRange {
  first: number;
  last: number;
}

/**
 * The epoch that a time is in. Epochs are counted from 1970: whoever restarts, or starts anew on another machine, counts
 * the same.
 *
 * @param nowMs by the market's clock, in ms since 1970
 */
export function epochAt(nowMs: number, epochMs: number): number {
  return Math.floor(nowMs / epochMs);
}

/** The epochs of which at least an instant is in the time from `fromMs` to before `untilMs`; null when there is no time. */
export function epochsOf(fromMs: number, untilMs: number, epochMs: number): EpochRange | null {
  if (untilMs <= fromMs) return null;
  return { first: epochAt(fromMs, epochMs), last: epochAt(untilMs - 1, epochMs) };
}
