import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { judge, type PaidOrder } from '../../domain/payment.ts';

const amount = fc.bigInt({ min: 0n, max: 1_000_000n });
const order = fc.record({
  state: fc.constantFrom<PaidOrder['state']>('open', 'paid', 'lapsed'),
  priceMsat: fc.bigInt({ min: 1n, max: 1_000n }),
  currentPriceMsat: fc.option(fc.bigInt({ min: 1n, max: 1_000n })),
});
const received = fc.bigInt({ min: 0n, max: 2_000n });

describe('judging a payment', () => {
  it('A08 A09 credits the price or nothing, and accounts for every msat', () => {
    fc.assert(
      fc.property(received, order, (receivedMsat, paid) => {
        const { creditedMsat, refundableMsat, grants } = judge({ receivedMsat }, paid);
        assert.equal(creditedMsat + refundableMsat, receivedMsat);
        assert.equal(creditedMsat, grants ? paid.priceMsat : 0n);
        assert.ok(refundableMsat >= 0n);
      }),
    );
  });

  it('A08 gives nothing for less than the price', () => {
    fc.assert(
      fc.property(order, (paid) => {
        const judgement = judge({ receivedMsat: paid.priceMsat - 1n }, paid);
        assert.deepEqual([judgement.outcome, judgement.grants], ['underpaid', false]);
      }),
    );
  });

  it('A06 honours a late payment exactly while the same costs no more today', () => {
    fc.assert(
      fc.property(received, order, (receivedMsat, paid) => {
        fc.pre(paid.state === 'lapsed' && receivedMsat >= paid.priceMsat);
        const { currentPriceMsat } = paid;
        const fair = currentPriceMsat !== null && currentPriceMsat <= paid.priceMsat;
        const { outcome, grants } = judge({ receivedMsat }, paid);
        assert.deepEqual([outcome, grants], [fair ? 'late_honoured' : 'late_refundable', fair]);
      }),
    );
  });

  it('buys for an open order whatever the plan costs now, and never twice for a paid one', () => {
    fc.assert(
      fc.property(received, order, (receivedMsat, paid) => {
        fc.pre(paid.state !== 'lapsed' && receivedMsat >= paid.priceMsat);
        const { grants } = judge({ receivedMsat }, paid);
        assert.equal(grants, paid.state === 'open');
      }),
    );
  });

  it('credits nobody for what no order explains', () => {
    fc.assert(
      fc.property(amount, (receivedMsat) => {
        const { outcome, creditedMsat, grants } = judge({ receivedMsat }, null);
        assert.deepEqual([outcome, creditedMsat, grants], ['unknown', 0n, false]);
      }),
    );
  });
});
