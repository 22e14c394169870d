const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_DAYS = 366;
const USUAL_DAYS = 30;

/** Days of UTC as `2026-11-22`, the first and the last of them included. */
export interface DayRange {
  from: string;
  to: string;
}

/** The days that were asked for: the last thirty unless said. Null for more than a year of them, or fewer than one. */
export function dayRange(
  from: string | undefined,
  to: string | undefined,
  nowMs: number,
): DayRange | null {
  const lastMs = Date.parse(to ?? dayOf(nowMs));
  const firstMs = from === undefined ? lastMs - (USUAL_DAYS - 1) * DAY_MS : Date.parse(from);
  const days = (lastMs - firstMs) / DAY_MS + 1;
  if (days < 1 || days > MAX_DAYS) return null;
  return { from: dayOf(firstMs), to: dayOf(lastMs) };
}

/** Every day of a range, in order. */
export function daysOf({ from, to }: DayRange): string[] {
  const firstMs = Date.parse(from);
  const count = (Date.parse(to) - firstMs) / DAY_MS + 1;
  return Array.from({ length: count }, (_, at) => dayOf(firstMs + at * DAY_MS));
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
