import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judgeHold } from '../../domain/hold.ts';

const NOW_MS = 1_800_000_000_000;
const held = { endsAtMs: NOW_MS + 60_000, blocksLeft: 80, isServed: true };

test('a held payment is taken when the buyer is let in, and waits until then', () => {
  assert.equal(judgeHold(held, NOW_MS), 'take');
  assert.equal(judgeHold({ ...held, isServed: false }, NOW_MS), 'wait');
});

test('A15 a held payment is given back at its end, and well before the chain would', () => {
  assert.equal(judgeHold({ ...held, endsAtMs: NOW_MS }, NOW_MS), 'give-back');
  assert.equal(judgeHold({ ...held, blocksLeft: 30 }, NOW_MS), 'take');
  assert.equal(judgeHold({ ...held, blocksLeft: 29 }, NOW_MS), 'give-back');
});

test('only a payment that is served, in time and with blocks to spare is ever taken', () => {
  const any = fc.record({
    endsAtMs: fc.integer({ min: NOW_MS - 1_000, max: NOW_MS + 1_000 }),
    blocksLeft: fc.integer({ min: -10, max: 100 }),
    isServed: fc.boolean(),
  });
  fc.assert(
    fc.property(any, (payment) => {
      const { endsAtMs, blocksLeft, isServed } = payment;
      const isTaken = judgeHold(payment, NOW_MS) === 'take';
      assert.equal(isTaken, isServed && endsAtMs > NOW_MS && blocksLeft >= 30);
    }),
  );
});
