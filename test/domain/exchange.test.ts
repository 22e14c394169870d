import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isCurrency, minorDigits } from '../../domain/currency.ts';
import { formatRate, parseRate, rateOfBitcoinPrice, toMsat } from '../../domain/exchange.ts';

const amounts = fc.bigInt({ min: 1n, max: 10n ** 15n });
const rates = fc.bigInt({ min: 1n, max: 10n ** 24n });
const digits = fc.constantFrom(0, 2, 3);

describe('an amount in a currency', () => {
  it('is worth at least its price in msat, and less than a msat more', () => {
    fc.assert(
      fc.property(amounts, digits, rates, (amount, minor, rate) => {
        const exact = amount * rate;
        const one = 10n ** BigInt(minor + 9);
        const msat = toMsat(amount, minor, rate);
        assert.ok(msat * one >= exact);
        assert.ok((msat - 1n) * one < exact);
      }),
    );
  });

  it('is never worth less than a smaller one, nor nothing', () => {
    fc.assert(
      fc.property(amounts, amounts, digits, rates, (a, b, minor, rate) => {
        const [small, large] = a < b ? [a, b] : [b, a];
        assert.ok(toMsat(small, minor, rate) >= 1n);
        assert.ok(toMsat(small, minor, rate) <= toMsat(large, minor, rate));
      }),
    );
  });

  it('costs no more together than in parts', () => {
    fc.assert(
      fc.property(amounts, amounts, digits, rates, (a, b, minor, rate) => {
        assert.ok(toMsat(a + b, minor, rate) <= toMsat(a, minor, rate) + toMsat(b, minor, rate));
      }),
    );
  });

  it('of 99 cents, at 60,000 EUR a bitcoin, is 1,650,001 msat: the rate is kept with nine digits', () => {
    const rate = rateOfBitcoinPrice('60000')!;
    assert.equal(formatRate(rate), '1666666.666666667');
    assert.equal(toMsat(99n, minorDigits('EUR'), rate), 1_650_001n);
    assert.equal(toMsat(1n, minorDigits('JPY'), rateOfBitcoinPrice('1e7')!), 10_000n);
  });
});

describe('an exchange rate', () => {
  it('is written and read without loss', () => {
    fc.assert(fc.property(rates, (rate) => assert.equal(parseRate(formatRate(rate)), rate)));
  });

  it('is within half of its last digit of what the price of a bitcoin says', () => {
    const prices = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 12n }), fc.nat({ max: 9 }));
    fc.assert(
      fc.property(prices, ([number, places]) => {
        const text = `${number / 10n ** BigInt(places)}.${(number % 10n ** BigInt(places)).toString().padStart(places, '0')}`;
        const rate = rateOfBitcoinPrice(places === 0 ? number.toString() : text)!;
        const exact = 10n ** BigInt(20 + places);
        const off = rate * number - exact;
        assert.ok((off < 0n ? -off : off) * 2n <= number);
      }),
    );
  });

  it('is not made of what is no price', () => {
    for (const price of ['0', '-5', '', 'abc', 'NaN', '1e99', '0x10', '1,000', ' 5', '1e-90']) {
      assert.equal(rateOfBitcoinPrice(price), null, price);
    }
  });
});

describe('a currency', () => {
  it('is a code of ISO 4217 that is in use', () => {
    assert.ok(isCurrency('EUR') && isCurrency('KWD'));
    for (const code of ['XXX', 'BTC', 'DEM', 'eur', '', 'constructor'])
      assert.ok(!isCurrency(code));
    assert.equal(minorDigits('KWD'), 3);
    assert.throws(() => minorDigits('DEM'), RangeError);
  });
});
