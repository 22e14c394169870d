import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bookSettlement } from '../../domain/ledger.ts';
import { partDown } from '../../domain/money.ts';

const amount = fc.bigInt({ min: 0n, max: 2_100_000_000_000_000_000n });
const basisPoints = fc.integer({ min: 0, max: 10_000 });

describe('a part of an amount', () => {
  it('is rounded down, by less than one msat', () => {
    fc.assert(
      fc.property(amount, basisPoints, (whole, points) => {
        const part = partDown(whole, points);
        const rest = whole * BigInt(points) - part * 10_000n;
        assert.ok(rest >= 0n && rest < 10_000n);
        assert.ok(part >= 0n && part <= whole);
      }),
    );
  });

  it('of two amounts is at most one msat less than that of their sum', () => {
    fc.assert(
      fc.property(amount, amount, basisPoints, (a, b, points) => {
        const lost = partDown(a + b, points) - partDown(a, points) - partDown(b, points);
        assert.ok(lost === 0n || lost === 1n);
      }),
    );
  });

  it('is refused of less than nothing, and beyond the whole', () => {
    assert.throws(() => partDown(-1n, 1), RangeError);
    for (const points of [-1, 10_001, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => partDown(1n, points), RangeError);
    }
  });
});

describe('a booking', () => {
  const booking = fc.record({
    nodeKey: fc.constant('node'),
    sellerId: fc.constant('seller'),
    orderId: fc.constant('order'),
    creditedMsat: amount,
    refundableMsat: amount,
    commissionBasisPoints: basisPoints,
  });

  it('sums to zero, and credits what was received and no more', () => {
    fc.assert(
      fc.property(booking, (each) => {
        const entries = bookSettlement(each);
        const sum = (kinds: string[]) =>
          entries
            .filter(({ account }) => kinds.includes(account.kind))
            .reduce((total, { amountMsat }) => total + amountMsat, 0n);
        assert.equal(sum(['seller', 'commission', 'refundable', 'node']), 0n);
        assert.equal(sum(['seller', 'commission']), each.creditedMsat);
        assert.equal(sum(['refundable']), each.refundableMsat);
        assert.equal(sum(['commission']), partDown(each.creditedMsat, each.commissionBasisPoints));
      }),
    );
  });

  it('takes from the node only, and has no empty entries', () => {
    fc.assert(
      fc.property(booking, (each) => {
        for (const { account, amountMsat } of bookSettlement(each)) {
          assert.ok(account.kind === 'node' ? amountMsat < 0n : amountMsat > 0n);
        }
      }),
    );
  });

  it('names accounts in one order, whatever is booked: locks are taken in it', () => {
    const order = ['seller', 'refundable', 'node', 'commission'];
    fc.assert(
      fc.property(booking, (each) => {
        const places = bookSettlement(each).map(({ account }) => order.indexOf(account.kind));
        assert.deepEqual(places, places.toSorted());
      }),
    );
  });
});
