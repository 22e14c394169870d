import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bookSettlement } from '../../domain/ledger.ts';
import { partDown } from '../../domain/money.ts';
import { judge } from '../../domain/payment.ts';

const msat = fc.bigInt({ min: 0n, max: 10n ** 15n });
const priceMsat = fc.bigInt({ min: 1n, max: 10n ** 15n });
const basisPoints = fc.integer({ min: 0, max: 10_000 });
const order = fc.record({
  state: fc.constantFrom('open' as const, 'paid' as const, 'lapsed' as const),
  priceMsat,
  currentPriceMsat: fc.option(msat, { nil: null }),
});

describe('the judgement of a payment', () => {
  it('accounts for every msat that an order received: credited or owed back', () => {
    fc.assert(
      fc.property(msat, order, (receivedMsat, paid) => {
        const { creditedMsat, refundableMsat } = judge({ receivedMsat }, paid);
        assert.equal(creditedMsat + refundableMsat, receivedMsat);
        assert.ok(creditedMsat >= 0n && refundableMsat >= 0n);
      }),
    );
  });

  it('gives access exactly when the price, no more and no less, is credited', () => {
    fc.assert(
      fc.property(msat, order, (receivedMsat, paid) => {
        const { grants, creditedMsat } = judge({ receivedMsat }, paid);
        assert.equal(creditedMsat, grants ? paid.priceMsat : 0n);
      }),
    );
  });

  it('A08 credits nothing for less than the price', () => {
    fc.assert(
      fc.property(order, msat, (paid, missing) => {
        const receivedMsat = paid.priceMsat - 1n - (missing % paid.priceMsat);
        fc.pre(receivedMsat >= 0n);
        const { outcome, grants } = judge({ receivedMsat }, paid);
        assert.deepEqual([outcome, grants], ['underpaid', false]);
      }),
    );
  });

  it('A06 honours a late payment while the same costs no more today, and owes it back otherwise', () => {
    const lapsed = { state: 'lapsed' as const, priceMsat: 1_000n };
    const outcome = (currentPriceMsat: bigint | null) =>
      judge({ receivedMsat: 1_000n }, { ...lapsed, currentPriceMsat }).outcome;
    assert.equal(outcome(1_000n), 'late_honoured');
    assert.equal(outcome(999n), 'late_honoured');
    assert.equal(outcome(1_001n), 'late_refundable');
    assert.equal(outcome(null), 'late_refundable');
  });

  it('credits nobody for what no order explains', () => {
    fc.assert(
      fc.property(msat, (receivedMsat) => {
        const { outcome, creditedMsat, grants } = judge({ receivedMsat }, null);
        assert.deepEqual([outcome, creditedMsat, grants], ['unknown', 0n, false]);
      }),
    );
  });

  it('owes back what pays a paid order again', () => {
    const paid = { state: 'paid' as const, priceMsat: 1_000n, currentPriceMsat: 1_000n };
    const { outcome, refundableMsat } = judge({ receivedMsat: 1_000n }, paid);
    assert.deepEqual([outcome, refundableMsat], ['late_refundable', 1_000n]);
  });
});

describe('the booking of a settlement', () => {
  const book = (creditedMsat: bigint, refundableMsat: bigint, commissionBasisPoints: number) =>
    bookSettlement({
      nodeKey: 'node',
      sellerId: 'seller',
      orderId: 'order',
      creditedMsat,
      refundableMsat,
      commissionBasisPoints,
    });

  it('sums to zero and books no empty entry', () => {
    fc.assert(
      fc.property(msat, msat, basisPoints, (credited, refundable, commission) => {
        const entries = book(credited, refundable, commission);
        assert.equal(
          entries.reduce((sum, { amountMsat }) => sum + amountMsat, 0n),
          0n,
        );
        assert.ok(entries.every(({ amountMsat }) => amountMsat !== 0n));
      }),
    );
  });

  it('takes only the node below zero', () => {
    fc.assert(
      fc.property(msat, msat, basisPoints, (credited, refundable, commission) => {
        for (const { account, amountMsat } of book(credited, refundable, commission)) {
          assert.equal(amountMsat < 0n, account.kind === 'node');
        }
      }),
    );
  });

  it('names accounts in one order, whatever is booked: locks are taken in it', () => {
    const order = ['seller', 'refundable', 'node', 'commission'];
    fc.assert(
      fc.property(msat, msat, basisPoints, (credited, refundable, commission) => {
        const entries = book(credited, refundable, commission);
        const places = entries.map(({ account }) => order.indexOf(account.kind));
        assert.deepEqual(places, places.toSorted());
      }),
    );
  });

  it('never takes more commission than its part, and less by under one msat', () => {
    fc.assert(
      fc.property(msat, basisPoints, (amount, commission) => {
        const part = partDown(amount, commission);
        const exact = amount * BigInt(commission);
        assert.ok(part * 10_000n <= exact && exact < (part + 1n) * 10_000n);
      }),
    );
  });

  it('refuses a commission that is no part of anything', () => {
    for (const wrong of [-1, 10_001, 0.5, Number.NaN]) {
      assert.throws(() => partDown(1n, wrong), RangeError);
    }
    assert.throws(() => partDown(-1n, 1), RangeError);
  });
});
