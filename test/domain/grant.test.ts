import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { extend, isOver, type Term } from '../../domain/grant.ts';

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
});
