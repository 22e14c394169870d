import { refuseUsage } from '../buyer/failure.ts';

const DISTANCE = /^(\d{1,5})(s|min|h|d)$/;
const UNIT_MS = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const DAY = /^\d{4}-\d{2}-\d{2}/;

/**
 * A time as the command line says it: a day or an instant, or how far it is away from now.
 *
 * @returns in ms since 1970
 * @throws Failure
 */
export function timeOfText(option: string, text: string, away: 'ago' | 'ahead'): number {
  const distanceMs = distanceOf(text);
  if (distanceMs !== null)
    return Math.max(0, Date.now() + (away === 'ago' ? -distanceMs : distanceMs));
  const atMs = DAY.test(text) ? Date.parse(text) : Number.NaN;
  if (atMs >= 0) return atMs;
  return refuseUsage(`${option} "${text}" is no time`, 'say it as 2027-01-31, 7d, 12h or 30min');
}

/** A stretch of time such as 7d, in ms. @throws Failure */
export function durationOfText(option: string, text: string): number {
  return (
    distanceOf(text) ??
    refuseUsage(`${option} "${text}" is no duration`, 'say it as 7d, 12h or 30min')
  );
}

function distanceOf(text: string): number | null {
  const [, count, unit] = DISTANCE.exec(text) ?? [];
  return count === undefined ? null : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
