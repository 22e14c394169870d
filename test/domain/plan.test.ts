import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { quote } from '../../domain/plan.ts';

const HOUR_MS = 3_600_000;

describe('a quote', () => {
  it('is the price and the period, times the quantity', () => {
    const price = fc.bigInt({ min: 1n, max: 10n ** 12n });
    const periods = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(price, periods, (priceMsat, quantity) => {
        const quoted = quote({ kind: 'time', priceMsat, periodMs: HOUR_MS }, quantity);
        assert.deepEqual(quoted, {
          priceMsat: priceMsat * BigInt(quantity),
          durationMs: HOUR_MS * quantity,
        });
      }),
    );
  });

  it('of access for ever has no end, and can be bought once', () => {
    const forever = { kind: 'forever' as const, priceMsat: 5n, periodMs: null };
    assert.deepEqual(quote(forever, 1), { priceMsat: 5n, durationMs: null });
    assert.deepEqual(quote(forever, 2), { refused: 'one-only' });
  });

  it('ends within ten years', () => {
    const year = { kind: 'time' as const, priceMsat: 1n, periodMs: 366 * 24 * HOUR_MS };
    assert.ok(!('refused' in quote(year, 10)));
    assert.deepEqual(quote(year, 11), { refused: 'too-long' });
  });
});
