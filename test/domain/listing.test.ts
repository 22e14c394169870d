import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ListingMove, type ListingState, move } from '../../domain/listing.ts';
import { changePlans, type PlanTerms } from '../../domain/plan-list.ts';

const MOVES: ListingMove[] = ['publish', 'unlist', 'withdraw'];

describe('a listing', () => {
  it('that was withdrawn stays so, whatever is tried', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...MOVES)), (moves) => {
        let state: ListingState = 'draft';
        for (const each of moves) {
          const next = move(state, each);
          if (state === 'withdrawn') assert.ok(next === null || next === 'withdrawn');
          if (next !== null) assert.equal(move(next, each), next, 'a move is made once');
          state = next ?? state;
        }
        assert.equal(state === 'withdrawn', moves.includes('withdraw'));
      }),
    );
  });

  it('is off no list that it was never on', () => {
    assert.equal(move('draft', 'unlist'), null);
  });
});

describe('the plans of a listing', () => {
  const names = ['a', 'b', 'c', 'd'];
  const terms = fc.record({
    name: fc.constantFrom(...names),
    price: fc.bigInt({ min: 1n, max: 3n }),
  });
  const lists = fc
    .uniqueArray(terms, { selector: ({ name }) => name })
    .map((list) => list.map(({ name, price }) => plan(name, price)));

  it('become the wanted ones in the wanted order, and none that stays is touched', () => {
    fc.assert(
      fc.property(lists, lists, (before, wanted) => {
        const inForce = before.map((each, i) => ({ ...each, id: `${i}` }));
        const { keep, retire, add } = changePlans(inForce, wanted);
        const kept = keep.map(({ id, position }) => {
          const { id: _, ...rest } = inForce[Number(id)]!;
          return { ...rest, position };
        });
        const now = [...kept, ...add].sort((a, b) => a.position - b.position);
        assert.deepEqual(
          now.map(({ position: _, ...rest }) => rest),
          wanted,
        );
        assert.deepEqual(
          [...retire, ...keep.map(({ id }) => id)].sort(),
          inForce.map(({ id }) => id).sort(),
        );
      }),
    );
  });

  it('change nothing when they are wanted as they are', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const inForce = list.map((each, i) => ({ ...each, id: `${i}` }));
        const { retire, add } = changePlans(inForce, list);
        assert.deepEqual([retire, add], [[], []]);
      }),
    );
  });
});

function plan(name: string, priceMsat: bigint): PlanTerms {
  return {
    name,
    kind: 'forever',
    priceMsat,
    currency: null,
    priceMinor: null,
    periodMs: null,
    history: 'all',
    historyBlocks: null,
    maxConnections: null,
    tracked: true,
  };
}
