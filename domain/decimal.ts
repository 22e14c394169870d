const DECIMAL = /^(\d{1,30})(?:\.(\d{1,30}))?(?:e([+-]?\d{1,2}))?$/i;

/** A number that is not negative, exactly. */
export interface Fraction {
  numerator: bigint;
  denominator: bigint;
}

/** Reads `61234.5`, `2` or `1e-7`; null for anything else. */
export function parseDecimal(text: string): Fraction | null {
  const [, whole, fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) return null;
  const shift = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  return shift < 0
    ? { numerator: digits, denominator: 10n ** BigInt(-shift) }
    : { numerator: digits * 10n ** BigInt(shift), denominator: 1n };
}

/** A decimal of whole units times a factor, as a whole number; null when that is none. */
export function scaled(text: string, factor: bigint): bigint | null {
  const fraction = parseDecimal(text);
  if (!fraction) return null;
  const product = fraction.numerator * factor;
  return product % fraction.denominator === 0n ? product / fraction.denominator : null;
}

/** Writes an amount of `10^-digits` as a decimal, without needless zeros after the point. */
export function formatDecimal(amount: bigint, digits: number): string {
  const text = amount.toString().padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const fraction = text.slice(text.length - digits).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
