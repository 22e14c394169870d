import type { Plan } from '../../contract/index.ts';
import { type Html, html } from '../html.ts';

const MSAT_PER_SAT = 1000n;
const SAT = new Intl.NumberFormat('en', { maximumFractionDigits: 3 });

/** `1,234.5 sat`; msat are shown only where there are some. */
export function sats(msat: string | bigint): string {
  const amount = BigInt(msat);
  const whole = amount / MSAT_PER_SAT;
  const rest = amount % MSAT_PER_SAT;
  const fraction =
    rest === 0n
      ? ''
      : `.${String(rest < 0n ? -rest : rest)
          .padStart(3, '0')
          .replace(/0+$/, '')}`;
  const sign = amount < 0n && whole === 0n ? '-' : '';
  return `${sign}${SAT.format(whole)}${fraction} sat`;
}

/** What a price in a currency comes to: the rate is not known to the msat anyhow. */
export function wholeSats(msat: string): bigint {
  return ((BigInt(msat) + MSAT_PER_SAT - 1n) / MSAT_PER_SAT) * MSAT_PER_SAT;
}

/** `€0.99`, from an amount in the currency's minor unit. */
export function fiat(currency: string, amountMinor: number): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amountMinor / 10 ** digits);
}

/** What a plan costs for one period: in sat, with the currency that it is locked to ahead of it. */
export function planPrice({ kind, priceMsat, price, periodMs }: Plan): Html {
  const per = periodMs === null ? '' : ` for ${duration(periodMs)}`;
  if (kind === 'free') return html`free`;
  if (kind === 'trial') return html`free once${per}`;
  const inSats = priceMsat === null ? null : sats(price ? wholeSats(priceMsat) : priceMsat);
  if (!price) return html`<strong>${inSats}</strong>${per}`;
  return html`<strong>${fiat(price.currency, price.amountMinor)}</strong>${per}${inSats && html` <span class="quiet">about ${inSats}</span>`}`;
}

/** What a plan gives for one payment: `1 hour`, `Trial of 1 day`, `For ever`. */
export function planTerm({ kind, periodMs }: Plan): string {
  if (periodMs === null) return kind === 'forever' ? 'For ever' : 'Free';
  return kind === 'trial' ? `Trial of ${duration(periodMs)}` : duration(periodMs);
}

const UNITS: [name: string, ms: number][] = [
  ['year', 365 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** `1 hour`, `30 days`: in the largest unit that it is a whole number of. */
export function duration(ms: number): string {
  const [name, size] = UNITS.find(([, size]) => ms % size === 0) ?? UNITS.at(-1)!;
  const count = Math.round(ms / size);
  return `${count.toLocaleString('en')} ${name}${count === 1 ? '' : 's'}`;
}
