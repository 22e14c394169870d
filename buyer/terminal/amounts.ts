import { inclusionWords, type Listing } from '../../contract/index.ts';
import { minorDigits } from '../../domain/currency.ts';

type Plan = Listing['plans'][number];

const MSAT_PER_SAT = 1000n;
const UNITS_MS = [
  ['day', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** An amount as satoshi, to the millisatoshi: "2 sat", "0.5 sat". */
export function sat(msat: bigint): string {
  const whole = (msat / MSAT_PER_SAT).toLocaleString('en-US');
  const rest = String(msat % MSAT_PER_SAT)
    .padStart(3, '0')
    .replace(/0+$/, '');
  return `${whole}${rest === '' ? '' : `.${rest}`} sat`;
}

/** A duration in its two largest units: "20 s", "1 h 5 min", "2 days 3 h". */
export function duration(ms: number): string {
  let rest = Math.max(0, Math.ceil(ms / 1000) * 1000);
  const parts: string[] = [];
  for (const [unit, unitMs] of UNITS_MS) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) parts.push(`${count} ${unit === 'day' && count > 1 ? 'days' : unit}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}

/** A byte count with three significant digits: "18.5 kB". */
export function byteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const text = unit === 0 || value >= 99.95 ? String(Math.round(value)) : value.toPrecision(3);
  return `${text} ${BYTE_UNITS[unit]}`;
}

/** A whole number with separated thousands. */
export const count = (value: number) => value.toLocaleString('en-US');

/** What a plan gives and costs: "1 h for 10 sat", "no end, for 1,000 sat", "1 h for 0.99 EUR (about 16 sat)", "free". */
export function planTerms(plan: Plan): string {
  return [termOf(plan), ...inclusionWords(plan)].join('; ');
}

function termOf(plan: Plan): string {
  const { kind, periodMs } = plan;
  if (kind === 'free') return 'free';
  const what = kind === 'forever' || periodMs === null ? 'no end,' : duration(periodMs);
  return kind === 'trial' ? `${what} free, once` : `${what} for ${priceOf(plan)}`;
}

function priceOf({ price, priceMsat }: Plan): string {
  const amount = priceMsat === null ? 'an unknown number of sat' : sat(BigInt(priceMsat));
  if (price === null) return amount;
  const digits = minorDigits(price.currency);
  const whole = (price.amountMinor / 10 ** digits).toFixed(digits);
  return `${whole} ${price.currency} (about ${amount})`;
}

/** An instant in the user's time zone: "2026-11-22 16:40:25". */
export function localTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${day} ${time}`;
}
