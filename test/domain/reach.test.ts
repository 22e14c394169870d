import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { extendReach, type PlanReach, type Reach, reachOf } from '../../domain/reach.ts';

const counts = fc.bigInt({ min: 0n, max: 10n ** 12n });
const limits = fc.option(fc.integer({ min: 1, max: 64 }), { nil: null });
const plans: fc.Arbitrary<PlanReach> = fc.oneof(
  fc.record({
    history: fc.constantFrom('all' as const, 'from_purchase' as const),
    historyBlocks: fc.constant(null),
    maxConnections: limits,
  }),
  fc.record({
    history: fc.constant('last' as const),
    historyBlocks: fc.bigInt({ min: 1n, max: 10n ** 12n }),
    maxConnections: limits,
  }),
);
const reaches: fc.Arbitrary<Reach> = fc.record({ fromBlock: counts, maxConnections: limits });

function opens({ fromBlock }: Reach, block: bigint): boolean {
  return block >= fromBlock;
}

function serves({ maxConnections }: Reach, machines: number): boolean {
  return maxConnections === null || machines <= maxConnections;
}

describe('what a purchase opens of a feed', () => {
  it('is always a block that there is, or the next one', () => {
    fc.assert(
      fc.property(plans, counts, (plan, length) => {
        const { fromBlock } = reachOf(plan, length);
        assert.ok(fromBlock >= 0n && fromBlock <= length);
      }),
    );
  });

  it('is as much of the past as the plan says', () => {
    fc.assert(
      fc.property(plans, counts, (plan, length) => {
        const past = length - reachOf(plan, length).fromBlock;
        const wanted = { all: length, from_purchase: 0n, last: plan.historyBlocks ?? 0n };
        const most = wanted[plan.history];
        assert.equal(past, most < length ? most : length);
      }),
    );
  });

  it('never loses a block or a machine that was paid for, and gains none that was not', () => {
    const machines = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(reaches, reaches, counts, machines, (held, bought, block, machine) => {
        const both = extendReach(held, bought);
        assert.equal(opens(both, block), opens(held, block) || opens(bought, block));
        assert.equal(serves(both, machine), serves(held, machine) || serves(bought, machine));
      }),
    );
  });

  it('starts anew after a lapse', () => {
    fc.assert(
      fc.property(reaches, (bought) => assert.deepEqual(extendReach(null, bought), bought)),
    );
  });
});
