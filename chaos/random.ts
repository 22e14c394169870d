/** Chance that a seed repeats: a run's plan can be made again from it. */
export interface Random {
  /** From 0 up to, but not, 1. */
  next(): number;
  /** A whole number of both ends and what lies between. */
  int(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** One of the names, as often as its weight says. */
  weighted<T extends string>(weights: Record<T, number>): T;
  /** A waiting time whose mean this is, when each instant is as likely as any other. */
  wait(meanMs: number): number;
}

/** Mulberry32: small and good enough to choose whom to kill. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)]!,
    weighted(weights) {
      const entries = Object.entries(weights) as [keyof typeof weights, number][];
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [name, weight] of entries) {
        left -= weight;
        if (left < 0) return name;
      }
      return entries.at(-1)![0];
    },
    wait: (meanMs) => -Math.log(1 - next()) * meanMs,
  };
}

/** A stream of chance of its own for the n-th of something, whatever the others draw and when. */
export function seededFor(seed: number, what: string, n: number): Random {
  let hash = seed >>> 0;
  for (const char of `${what} ${n}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return seeded(hash);
}
