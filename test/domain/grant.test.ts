import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { extend, isOver, type Term } from '../../domain/grant.ts';

const NOW_MS = Date.UTC(2026, 10, 22);
const TEN_YEARS_MS = 10 * 366 * 24 * 60 * 60 * 1000;

const now = fc.integer({ min: NOW_MS, max: NOW_MS + TEN_YEARS_MS });
const duration = fc.integer({ min: 1, max: TEN_YEARS_MS });
const term = fc
  .tuple(fc.integer({ min: 0, max: NOW_MS }), fc.option(duration))
  .map(([startsAtMs, ms]): Term => ({ startsAtMs, expiresAtMs: ms && startsAtMs + ms }));

describe('extending a grant', () => {
  it('starts now where nothing is held', () => {
    fc.assert(
      fc.property(duration, now, (durationMs, nowMs) => {
        const expected = { startsAtMs: nowMs, expiresAtMs: nowMs + durationMs };
        assert.deepEqual(extend(null, durationMs, nowMs), { change: 'issued', term: expected });
      }),
    );
  });

  it('appends to the end of what is left, and keeps the start', () => {
    fc.assert(
      fc.property(term, duration, now, (held, durationMs, nowMs) => {
        fc.pre(held.expiresAtMs !== null && !isOver(held, nowMs));
        const { change, term } = extend(held, durationMs, nowMs);
        assert.equal(change, 'extended');
        assert.equal(term.startsAtMs, held.startsAtMs);
        assert.equal(term.expiresAtMs, held.expiresAtMs! + durationMs);
      }),
    );
  });

  it('does not charge a lapse', () => {
    fc.assert(
      fc.property(term, duration, now, (held, durationMs, nowMs) => {
        fc.pre(isOver(held, nowMs));
        const expected = { startsAtMs: nowMs, expiresAtMs: nowMs + durationMs };
        assert.deepEqual(extend(held, durationMs, nowMs), { change: 'issued', term: expected });
      }),
    );
  });

  it('never ends what has no end, and a purchase without an end removes it', () => {
    fc.assert(
      fc.property(fc.option(term), fc.option(duration), now, (held, durationMs, nowMs) => {
        const endless = durationMs === null || (held !== null && held.expiresAtMs === null);
        assert.equal(extend(held, durationMs, nowMs).term.expiresAtMs === null, endless);
      }),
    );
  });

  it('gives the same time whether bought at once or one after another', () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 20 }), now, (durations, nowMs) => {
        let held: Term | null = null;
        for (const durationMs of durations) held = extend(held, durationMs, nowMs).term;
        const all = durations.reduce((sum, each) => sum + each, 0);
        assert.deepEqual(held, { startsAtMs: nowMs, expiresAtMs: nowMs + all });
      }),
    );
  });

  it('never leads to an end that cannot be written down', () => {
    let held: Term | null = null;
    for (let i = 0; i < 30_000; i++) held = extend(held, TEN_YEARS_MS, NOW_MS).term;
    assert.match(new Date(held!.expiresAtMs!).toISOString(), /^\d{4}-/);
  });

  it('is over at its end, not an instant before', () => {
    fc.assert(
      fc.property(term, (held) => {
        fc.pre(held.expiresAtMs !== null);
        assert.ok(isOver(held, held.expiresAtMs!));
        assert.ok(!isOver(held, held.expiresAtMs! - 1));
      }),
    );
  });
});
