import type { TestContext } from 'node:test';

const SAMPLE = 8;

/**
 * How far apart the points are that a sweep of kills takes: each one takes a new process, so a usual run takes every
 * eighth, and `npm run test:long` all of them.
 */
export function stride(t: TestContext | { diagnostic(message: string): void }): number {
  if (process.env.SWEEP === 'every') return 1;
  t.diagnostic(`at every ${SAMPLE}th await; npm run test:long takes all of them`);
  return SAMPLE;
}
