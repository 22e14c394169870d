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

/** What is left of a term, in ms; null when it has no end. */
export function leftOf(term: Term, nowMs: number): number | null {
  return term.expiresAtMs === null ? null : Math.max(0, term.expiresAtMs - nowMs);
}

/** The term of a grant that was handed over: it ends now, so that nothing of it is there twice. */
export function cutShort({ startsAtMs }: Term, nowMs: number): Term {
  return { startsAtMs, expiresAtMs: Math.max(nowMs, startsAtMs + 1) };
}

export interface HeldGrant extends Term {
  state: 'live' | 'expired' | 'revoked';
}

/** What becomes of a grant by its seller's hand. */
export interface Amendment {
  change: 'issued' | 'extended' | 'revoked' | 'restored';
  state: 'live' | 'revoked';
  term: Term;
}

/** Ends a live grant at once. Its term is kept: the time goes on, also while it is revoked. */
export function revoke(held: HeldGrant, nowMs: number): Amendment | { refused: 'grant-not-live' } {
  if (held.state !== 'live' || isOver(held, nowMs)) return { refused: 'grant-not-live' };
  return { change: 'revoked', state: 'revoked', term: termOf(held) };
}

/** Takes a revocation back, while there is time left. */
export function restore(
  held: HeldGrant,
  nowMs: number,
): Amendment | { refused: 'grant-not-revoked' | 'grant-over' } {
  if (held.state !== 'revoked') return { refused: 'grant-not-revoked' };
  if (isOver(held, nowMs)) return { refused: 'grant-over' };
  return { change: 'restored', state: 'live', term: termOf(held) };
}

/** Gives time as if it were bought. What was revoked stays so. */
export function prolong(
  held: HeldGrant,
  durationMs: number,
  nowMs: number,
): Amendment | { refused: 'grant-revoked' } {
  if (held.state === 'revoked' && !isOver(held, nowMs)) return { refused: 'grant-revoked' };
  const live = held.state === 'live' ? termOf(held) : null;
  return { ...extend(live, durationMs, nowMs), state: 'live' };
}

function termOf({ startsAtMs, expiresAtMs }: HeldGrant): Term {
  return { startsAtMs, expiresAtMs };
}

function endOf(fromMs: number, durationMs: number | null): number | null {
  return durationMs === null ? null : Math.min(fromMs + durationMs, LAST_END_MS);
}
