import { isCurrency, minorDigits } from './currency.ts';
import { formatDecimal, scaled } from './decimal.ts';
import type { PlanPrice } from './plan-list.ts';

export type CardUnit = 'days' | 'hours' | 'minutes' | 'seconds' | 'forever';

/** How a Dazaar card says what access costs: `amount` of `currency` for `interval` times `unit`. */
export interface CardPayment {
  method: string;
  currency: string;
  amount: string;
  unit: CardUnit;
  interval: number;
  /** The least that can be bought: one period. */
  minSeconds: number;
}

/** An entry as others write it: a member may be missing, and numbers be texts. */
export type ForeignPayment = {
  [K in keyof CardPayment]?: string | number | undefined;
};

const UNITS_MS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1_000],
] as const;
/** Not of Dazaar 1, whose readers pass over a unit that they do not know. */
const NO_END = 'forever';
const GIVEN = 'free';
const SATS = 'LightningSats';
const MSAT_PER_SAT_DIGITS = 3;
const MSAT_OF_CURRENCY = new Map([
  ['lightningsats', 1_000n],
  ['lightningbtc', 100_000_000_000n],
]);
const SHORT_UNIT = { days: 'd', hours: 'h', minutes: 'min', seconds: 's', forever: '' };

export function paymentOf(plan: PlanPrice): CardPayment {
  return { ...priceOf(plan), ...periodOf(plan.periodMs) };
}

/**
 * The plan that an entry of a card describes.
 *
 * @param name of the plan; undefined to make one of its period
 * @returns a text that says why there is none
 */
export function planOf(entry: ForeignPayment, name?: string): PlanPrice | string {
  const period = readPeriod(entry);
  if (typeof period === 'string') return period;
  const price = readPrice(entry, period.times);
  if (typeof price === 'string') return price;
  const { periodMs } = period;
  const given = price.priceMsat === 0n;
  const kind =
    periodMs === null ? (given ? 'free' : 'forever') : given ? ('trial' as const) : 'time';
  return { name: name ?? nameOf(kind, periodMs), kind, ...price, periodMs };
}

function priceOf({ kind, priceMsat, currency, priceMinor }: PlanPrice) {
  if (kind === 'free' || kind === 'trial') return { method: GIVEN, currency: GIVEN, amount: '0' };
  const method = 'lightning';
  if (currency !== null && priceMinor !== null) {
    return { method, currency, amount: formatDecimal(priceMinor, minorDigits(currency)) };
  }
  return { method, currency: SATS, amount: formatDecimal(priceMsat ?? 0n, MSAT_PER_SAT_DIGITS) };
}

function periodOf(periodMs: bigint | null): Pick<CardPayment, 'unit' | 'interval' | 'minSeconds'> {
  if (periodMs === null) return { unit: NO_END, interval: 1, minSeconds: 0 };
  const ms = Number(periodMs);
  const [unit, unitMs] = UNITS_MS.find(([, each]) => ms % each === 0) ?? ['seconds', 1_000];
  return { unit, interval: ms / unitMs, minSeconds: ms / 1_000 };
}

/** The period, and how many of the entry's make it up, for no less than `minSeconds` can be bought. */
function readPeriod(entry: ForeignPayment): { periodMs: bigint | null; times: bigint } | string {
  const unit = String(entry.unit ?? '').toLowerCase();
  if (unit === NO_END || (unit === '' && isGiven(entry))) return { periodMs: null, times: 1n };
  const [, unitMs] = UNITS_MS.find(([name]) => unit === name || `${unit}s` === name) ?? [];
  if (!unitMs) return `unit "${unit}" is none of days, hours, minutes and seconds`;
  const intervalMs = scaled(String(entry.interval ?? 1), BigInt(unitMs));
  if (!intervalMs) return `interval "${entry.interval}" is no whole number of milliseconds`;
  const least = scaled(String(entry.minSeconds ?? 0), 1000n);
  if (least === null) return `minSeconds "${entry.minSeconds}" is no whole number of milliseconds`;
  const times = least <= intervalMs ? 1n : (least + intervalMs - 1n) / intervalMs;
  return { periodMs: intervalMs * times, times };
}

function readPrice(
  entry: ForeignPayment,
  times: bigint,
): Pick<PlanPrice, 'priceMsat' | 'currency' | 'priceMinor'> | string {
  const inMsat = (priceMsat: bigint) => ({ priceMsat, currency: null, priceMinor: null });
  if (isGiven(entry)) return inMsat(0n);
  const currency = String(entry.currency ?? '');
  const msat = MSAT_OF_CURRENCY.get(currency.toLowerCase());
  const factor = msat ?? (isCurrency(currency) ? 10n ** BigInt(minorDigits(currency)) : undefined);
  if (factor === undefined) return `currency "${currency}" is none that this market is paid in`;
  const amount = scaled(String(entry.amount ?? ''), factor);
  if (!amount) return `amount "${entry.amount}" is no price that ${currency} can be paid in`;
  if (msat !== undefined) return inMsat(amount * times);
  return { priceMsat: null, currency, priceMinor: amount * times };
}

function isGiven({ method, currency }: ForeignPayment): boolean {
  return String(currency ?? method ?? '').toLowerCase() === GIVEN;
}

function nameOf(kind: PlanPrice['kind'], periodMs: bigint | null): string {
  if (periodMs === null) return kind;
  const { unit, interval } = periodOf(periodMs);
  const name = `${interval}${SHORT_UNIT[unit]}`.replace('.', '-');
  return kind === 'trial' ? `try-${name}` : name;
}
