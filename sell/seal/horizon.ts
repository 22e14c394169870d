import type { FeedState } from '../../contract/index.ts';

type Seal = NonNullable<FeedState['seal']>;

/** The times that a market can open of a sealed feed, each from its first epoch's begin until its last one's end. */
export function openTimes({ epochMs, opens }: Seal): { fromMs: number; untilMs: number }[] {
  return opens.map(({ first, last }) => ({
    fromMs: first * epochMs,
    untilMs: (last + 1) * epochMs,
  }));
}

/** Until when a market can open what is sealed from now on, without a gap; null: not even now. */
export function horizonMs(seal: Seal, nowMs: number): number | null {
  let reachesMs = nowMs;
  // In the order of their begins.
  for (const { fromMs, untilMs } of openTimes(seal).toSorted((a, b) => a.fromMs - b.fromMs))
    if (fromMs <= reachesMs) reachesMs = Math.max(reachesMs, untilMs);
  return reachesMs > nowMs ? reachesMs : null;
}
