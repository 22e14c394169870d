import { parseDecimal, scaled } from './decimal.ts';
import type { Msat } from './money.ts';

const RATE_DIGITS = 9;
/** What a column of 30 digits holds. */
const MAX_RATE = 10n ** 30n - 1n;
const MSAT_PER_BTC = 100_000_000_000n;

/** What one unit of a currency is worth, in 10⁻⁹ msat: an exact number with nine digits after the point. */
export type NanoMsat = bigint;

/**
 * The worth of an amount in a currency's minor unit, rounded up to a whole msat: a price is never given away for less.
 *
 * @param minorDigits how many digits of the minor unit make one unit: 2 for cents
 */
export function toMsat(amountMinor: bigint, minorDigits: number, perUnit: NanoMsat): Msat {
  if (amountMinor < 0n || perUnit <= 0n) throw new RangeError('an amount or a rate is negative');
  return divideUp(amountMinor * perUnit, 10n ** BigInt(minorDigits + RATE_DIGITS));
}

/**
 * The rate from what one bitcoin costs, to the nearest 10⁻⁹ msat.
 *
 * @param price of 1 BTC in whole units of the currency, a decimal such as `61234.5`
 * @returns null when that is no positive number, or nothing that a rate could be kept of
 */
export function rateOfBitcoinPrice(price: string): NanoMsat | null {
  const fraction = parseDecimal(price);
  if (!fraction || fraction.numerator === 0n) return null;
  const { numerator, denominator } = fraction;
  const rest = MSAT_PER_BTC * 10n ** BigInt(RATE_DIGITS) * denominator;
  const rate = (rest * 2n + numerator) / (numerator * 2n);
  return rate > 0n && rate <= MAX_RATE ? rate : null;
}

/** `1666666.666666667` and its like. @throws RangeError for what has more than nine digits after the point */
export function parseRate(text: string): NanoMsat {
  const rate = scaled(text, 10n ** BigInt(RATE_DIGITS));
  if (rate === null) throw new RangeError(`${text} is no rate`);
  return rate;
}

/** A rate as a decimal with nine digits after the point. */
export function formatRate(rate: NanoMsat): string {
  const digits = rate.toString().padStart(RATE_DIGITS + 1, '0');
  return `${digits.slice(0, -RATE_DIGITS)}.${digits.slice(-RATE_DIGITS)}`;
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
