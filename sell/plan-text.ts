import { refuseUsage } from '../buyer/failure.ts';
import type { NewListing } from '../contract/index.ts';
import { isCurrency, minorDigits } from '../domain/currency.ts';
import { scaled } from '../domain/decimal.ts';

type NewPlan = NewListing['plans'][number];

const SHAPE = /^([^=]+)=([\d.]*)([a-zA-Z]+)(?:\/(\d{0,6})(s|min|h|d))?$/;
const UNIT_MS = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const EXAMPLES = 'hour=100sat/1h, year=9.90EUR/365d, forever=5000sat, trial=free/10min or all=free';

/**
 * A plan as the command line says it: `NAME=PRICE/PERIOD` for whole periods, `NAME=PRICE` for access without an end.
 *
 * @throws Failure
 */
export function planOfText(text: string): NewPlan {
  const [, name, amount = '', unit = '', count, period] = SHAPE.exec(text) ?? [];
  if (name === undefined) return refusePlan(text);
  const unitMs = UNIT_MS[period as keyof typeof UNIT_MS];
  const periodMs = unitMs && unitMs * Number(count || 1);
  if (unit === 'free' && amount === '') {
    return periodMs ? { name, kind: 'trial', periodMs } : { name, kind: 'free' };
  }
  const price = priceOf(amount, unit) ?? refusePlan(text);
  return periodMs
    ? { name, kind: 'time', periodMs, ...price }
    : { name, kind: 'forever', ...price };
}

function priceOf(amount: string, unit: string): Pick<NewPlan, 'priceMsat' | 'price'> | null {
  if (unit === 'sat' || unit === 'msat') {
    const msat = scaled(amount, unit === 'sat' ? 1_000n : 1n);
    return msat ? { priceMsat: String(msat) } : null;
  }
  if (!isCurrency(unit)) return null;
  const minor = scaled(amount, 10n ** BigInt(minorDigits(unit)));
  return minor ? { price: { currency: unit, amountMinor: Number(minor) } } : null;
}

const refusePlan = (text: string): never =>
  refuseUsage(`"${text}" is no plan`, `say it as ${EXAMPLES}`);
