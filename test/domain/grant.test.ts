import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Amendment,
  cutShort,
  extend,
  type HeldGrant,
  isOver,
  leftOf,
  prolong,
  restore,
  revoke,
  type Term,
} from '../../domain/grant.ts';

const nowMs = fc.integer({ min: 0, max: 4e12 });
const durationMs = fc.integer({ min: 1, max: 4e11 });

describe('a grant', () => {
  it('starts at the purchase when there was none, and lasts as long as was bought', () => {
    fc.assert(
      fc.property(durationMs, nowMs, (duration, now) => {
        const { change, term } = extend(null, duration, now);
        assert.equal(change, 'issued');
        assert.deepEqual(term, { startsAtMs: now, expiresAtMs: now + duration });
      }),
    );
  });

  it('has what is bought appended to the end of what is left, in any order of purchases', () => {
    const purchases = fc.array(durationMs, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(purchases, nowMs, (durations, now) => {
        let term: Term | null = null;
        for (const duration of durations) term = extend(term, duration, now).term;
        const bought = durations.reduce((sum, duration) => sum + duration, 0);
        assert.equal(term?.expiresAtMs, now + bought);
      }),
    );
  });

  it('is not charged for the time between its end and the next purchase', () => {
    fc.assert(
      fc.property(durationMs, durationMs, fc.nat(1e11), nowMs, (first, second, gap, now) => {
        const ended = extend(null, first, now).term;
        const later = now + first + gap;
        const { change, term } = extend(ended, second, later);
        assert.equal(change, 'issued');
        assert.deepEqual(term, { startsAtMs: later, expiresAtMs: later + second });
      }),
    );
  });

  it('without an end keeps none, whatever is bought besides', () => {
    fc.assert(
      fc.property(durationMs, nowMs, nowMs, (duration, start, now) => {
        const { term } = extend({ startsAtMs: start, expiresAtMs: null }, duration, now);
        assert.equal(term.expiresAtMs, null);
        assert.equal(isOver(term, Number.MAX_SAFE_INTEGER), false);
      }),
    );
  });

  it('never gets shorter by a purchase', () => {
    fc.assert(
      fc.property(nowMs, durationMs, durationMs, nowMs, (start, held, bought, now) => {
        const before = { startsAtMs: start, expiresAtMs: start + held };
        const { term } = extend(before, bought, now);
        assert.ok(term.expiresAtMs! > before.expiresAtMs);
        assert.ok(term.expiresAtMs! >= now + bought);
      }),
    );
  });

  it('never gets an end that cannot be written down', () => {
    const tenYearsMs = 3_660 * 24 * 60 * 60 * 1000;
    let term: Term | null = null;
    for (let i = 0; i < 30_000; i++) term = extend(term, tenYearsMs, 0).term;
    assert.match(new Date(term!.expiresAtMs!).toISOString(), /^\d{4}-/);
  });

  it('is over from the very millisecond of its end', () => {
    const term = { startsAtMs: 0, expiresAtMs: 1_000 };
    assert.equal(isOver(term, 999), false);
    assert.equal(isOver(term, 1_000), true);
  });

  it('that is moved to another key is there once: what one loses the other gets', () => {
    fc.assert(
      fc.property(nowMs, durationMs, fc.option(durationMs), (now, given, kept) => {
        const from = { startsAtMs: now - 1, expiresAtMs: now + given };
        const to = kept === null ? null : { startsAtMs: now - 1, expiresAtMs: now + kept };
        const moved = extend(to, leftOf(from, now), now).term;
        const rest = cutShort(from, now);
        assert.equal(leftOf(rest, now), 0);
        assert.equal(leftOf(moved, now), given + (kept ?? 0));
      }),
    );
  });

  it('without an end stays without one when it is moved, and nothing of it stays behind', () => {
    fc.assert(
      fc.property(nowMs, fc.option(durationMs), (now, kept) => {
        const from = { startsAtMs: now, expiresAtMs: null };
        const to = kept === null ? null : { startsAtMs: now, expiresAtMs: now + kept };
        assert.equal(extend(to, leftOf(from, now), now).term.expiresAtMs, null);
        assert.equal(isOver(cutShort(from, now), now + 1), true);
      }),
    );
  });

  it('ends when it would have ended, however often it is revoked and restored', () => {
    const pauses = fc.array(fc.nat(1e6), { maxLength: 20 });
    fc.assert(
      fc.property(nowMs, durationMs, pauses, (start, duration, waits) => {
        const term = { startsAtMs: start, expiresAtMs: start + duration };
        let now = start;
        let state: 'live' | 'revoked' = 'live';
        for (const wait of waits) {
          now += wait;
          const held: HeldGrant = { ...term, state };
          const next: Amendment | { refused: string } =
            state === 'live' ? revoke(held, now) : restore(held, now);
          assert.equal('refused' in next, isOver(term, now));
          if ('refused' in next) return;
          assert.deepEqual(next.term, term);
          state = next.state;
        }
      }),
    );
  });

  it('gets by hand exactly the time that was given, and nothing while it is revoked', () => {
    fc.assert(
      fc.property(nowMs, durationMs, durationMs, fc.nat(1e12), (start, held, more, wait) => {
        const term = { startsAtMs: start, expiresAtMs: start + held };
        const now = start + wait;
        const given = prolong({ ...term, state: 'live' }, more, now);
        assert.ok(!('refused' in given));
        assert.equal(leftOf(given.term, now), leftOf(term, now)! + more);
        const revoked = prolong({ ...term, state: 'revoked' }, more, now);
        assert.equal('refused' in revoked, !isOver(term, now));
      }),
    );
  });

  it('cannot be revoked twice, nor restored when nobody revoked it', () => {
    const term = { startsAtMs: 0, expiresAtMs: 1_000 };
    assert.deepEqual(revoke({ ...term, state: 'revoked' }, 1), { refused: 'grant-not-live' });
    assert.deepEqual(revoke({ ...term, state: 'live' }, 1_000), { refused: 'grant-not-live' });
    assert.deepEqual(restore({ ...term, state: 'live' }, 1), { refused: 'grant-not-revoked' });
    assert.deepEqual(restore({ ...term, state: 'revoked' }, 1_000), { refused: 'grant-over' });
  });
});
