import type { NewListing } from '../../contract/index.ts';

type NewPlan = NewListing['plans'][number];

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MSAT_PER_SAT = 1000;

const msat = (sat: number) => String(sat * MSAT_PER_SAT);

/** The plans of a feed that costs `hourSat` satoshi an hour; short ones are dearer by the second. */
export function plansAround(hourSat: number): NewPlan[] {
  return [
    { name: '20s', kind: 'time', periodMs: 20 * SECOND_MS, priceMsat: msat(1) },
    { name: 'minute', kind: 'time', periodMs: MINUTE_MS, priceMsat: msat(2) },
    { name: 'hour', kind: 'time', periodMs: HOUR_MS, priceMsat: msat(hourSat) },
    { name: 'day', kind: 'time', periodMs: DAY_MS, priceMsat: msat(hourSat * 10) },
    { name: 'forever', kind: 'forever', priceMsat: msat(hourSat * 100) },
  ];
}

/** A minute to try a feed out, once a buyer. */
export const trialPlan: NewPlan = { name: 'trial', kind: 'trial', periodMs: MINUTE_MS };

/** A year, for a price in euro cents. */
export function yearInEuro(cents: number): NewPlan {
  const price = { currency: 'EUR', amountMinor: cents };
  return { name: 'year', kind: 'time', periodMs: 365 * DAY_MS, price };
}

/** Access without an end and without a payment. */
export const freePlans: NewPlan[] = [{ name: 'free', kind: 'free', priceMsat: '0' }];
