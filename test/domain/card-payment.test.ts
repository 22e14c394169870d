import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ForeignPayment, paymentOf, planOf } from '../../domain/card-payment.ts';
import type { PlanPrice } from '../../domain/plan-list.ts';

const NO_PRICE = { priceMsat: null, currency: null, priceMinor: null };
const inMsat = (priceMsat: bigint) => ({ ...NO_PRICE, priceMsat });
const prices = fc.oneof(
  fc.bigInt({ min: 1n, max: 10n ** 12n }).map(inMsat),
  fc
    .tuple(fc.constantFrom('EUR', 'JPY', 'KWD'), fc.bigInt({ min: 1n, max: 10n ** 12n }))
    .map(([currency, priceMinor]) => ({ ...NO_PRICE, currency, priceMinor })),
);
const periods = fc.oneof(
  fc.integer({ min: 1_000, max: 366 * 86_400_000 }),
  fc.integer({ min: 1, max: 366 * 86_400 }).map((seconds) => seconds * 1_000),
);
const plans: fc.Arbitrary<PlanPrice> = fc.oneof(
  fc.record({ price: prices, period: periods }).map(({ price, period }) => ({
    name: 'p',
    kind: 'time' as const,
    ...price,
    periodMs: BigInt(period),
  })),
  prices.map((price) => ({ name: 'p', kind: 'forever' as const, ...price, periodMs: null })),
  periods.map((period) => ({
    name: 'p',
    kind: 'trial' as const,
    ...inMsat(0n),
    periodMs: BigInt(period),
  })),
  fc.constant({ name: 'p', kind: 'free' as const, ...inMsat(0n), periodMs: null }),
);

describe('a payment of a card', () => {
  it('says exactly what a plan says', () => {
    fc.assert(fc.property(plans, (plan) => assert.deepEqual(planOf(paymentOf(plan), 'p'), plan)));
  });

  it('is field for field as in Dazaar', () => {
    const hour = { name: 'h', kind: 'time' as const, ...inMsat(10_500n), periodMs: 3_600_000n };
    assert.deepEqual(paymentOf(hour), {
      method: 'lightning',
      currency: 'LightningSats',
      amount: '10.5',
      unit: 'hours',
      interval: 1,
      minSeconds: 3600,
    });
  });

  const understood: [string, ForeignPayment, Partial<PlanPrice>][] = [
    [
      'bitcoin by the hour',
      { currency: 'LightningBTC', amount: '0.002', unit: 'hours', interval: 1, minSeconds: 1 },
      { name: '1h', kind: 'time', priceMsat: 200_000_000n, periodMs: 3_600_000n },
    ],
    [
      'numbers as texts, and a singular unit',
      { currency: 'LightningSats', amount: '200', unit: 'second', interval: '30' },
      { name: '30s', kind: 'time', priceMsat: 200_000n, periodMs: 30_000n },
    ],
    [
      'a price a second, of which a minute at least is bought',
      { currency: 'LightningSats', amount: 2, unit: 'seconds', interval: 1, minSeconds: 60 },
      { name: '1min', priceMsat: 120_000n, periodMs: 60_000n },
    ],
    ['what is free', { currency: 'free' }, { name: 'free', kind: 'free', priceMsat: 0n }],
    [
      'a currency',
      { method: 'lightning', currency: 'EUR', amount: '0.5', unit: 'days', interval: 1 },
      { name: '1d', currency: 'EUR', priceMinor: 50n, priceMsat: null },
    ],
  ];
  for (const [name, entry, plan] of understood) {
    it(`of Dazaar 1 may say ${name}`, () => {
      const made = planOf(entry);
      assert.ok(typeof made === 'object', String(made));
      assert.deepEqual({ ...made, ...plan }, made);
    });
  }

  const refused: [ForeignPayment, RegExp][] = [
    [{ currency: 'EOS', amount: '1.0000', unit: 'minutes', interval: 1 }, /currency "EOS"/],
    [{ currency: 'constructor', amount: '1', unit: 'minutes' }, /currency "constructor"/],
    [{ currency: 'LightningSats', amount: '1', unit: 'months', interval: 1 }, /unit "months"/],
    [
      { currency: 'LightningSats', amount: '0.0001', unit: 'hours', interval: 1 },
      /amount "0.0001"/,
    ],
    [{ currency: 'LightningSats', amount: '-1', unit: 'hours', interval: 1 }, /amount "-1"/],
    [{ currency: 'LightningSats', amount: '0', unit: 'hours', interval: 1 }, /amount "0"/],
    [{ currency: 'EUR', amount: '0.005', unit: 'hours', interval: 1 }, /amount "0.005"/],
    [{ currency: 'EUR', amount: '1', unit: 'hours', interval: 0 }, /interval "0"/],
    [
      { currency: 'EUR', amount: '1', unit: 'hours', interval: 1, minSeconds: 'x' },
      /minSeconds "x"/,
    ],
    [{}, /unit/],
  ];
  for (const [entry, fault] of refused) {
    it(`is refused with its reason: ${fault.source}`, () => {
      assert.match(String(planOf(entry)), fault);
    });
  }
});
