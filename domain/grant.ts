/** Access of one buyer key to one feed. No end means for ever. */
export interface Term {
  startsAtMs: number;
  expiresAtMs: number | null;
}

export interface Granted {
  change: 'issued' | 'extended';
  term: Term;
}

// Times beyond the year 9999 are not written the same way everywhere, and those beyond 275760 not at all: a grant that
// is extended that far would be a payment that nobody could ever record.
const LAST_END_MS = Date.UTC(9999, 0);

/**
 * Adds bought time to what there is. Time is appended to the end of what is left; where nothing is left it starts
 * now, so that a lapse is not charged. What never ends stays so.
 *
 * @param held the term of the live grant, if there is one; its end may have passed
 */
export function extend(held: Term | null, durationMs: number | null, nowMs: number): Granted {
  if (!held || isOver(held, nowMs)) {
    return { change: 'issued', term: { startsAtMs: nowMs, expiresAtMs: endOf(nowMs, durationMs) } };
  }
  const expiresAtMs = held.expiresAtMs === null ? null : endOf(held.expiresAtMs, durationMs);
  return { change: 'extended', term: { startsAtMs: held.startsAtMs, expiresAtMs } };
}

/** Whether a term has ended: its last instant is the one before `expiresAtMs`. */
export function isOver(term: Term, nowMs: number): boolean {
  return term.expiresAtMs !== null && term.expiresAtMs <= nowMs;
}

function endOf(fromMs: number, durationMs: number | null): number | null {
  return durationMs === null ? null : Math.min(fromMs + durationMs, LAST_END_MS);
}
