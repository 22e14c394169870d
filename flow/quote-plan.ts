import { minorDigits } from '../domain/currency.ts';
import { type NanoMsat, parseRate, toMsat } from '../domain/exchange.ts';
import type { Msat } from '../domain/money.ts';
import { quote } from '../domain/plan.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Plan } from '../prisma/client/client.ts';
import type { Tx } from './deps.ts';

/** 10,000 BTC: a rate or a quantity that leads beyond is a mistake, and no invoice could be made of it. */
const MAX_PRICE_MSAT = 10_000n * 100_000_000_000n;

export interface QuotedPlan {
  priceMsat: Msat;
  /** null: access without an end. */
  durationMs: number | null;
  /** What a price in a currency was locked at, as the order keeps it; null for a price in msat. */
  locked: LockedPrice | null;
}

export interface LockedPrice {
  currency: string;
  /** Of the whole quantity. */
  priceMinor: bigint;
  /** A decimal with nine digits after the point. */
  msatPerUnit: string;
  rateSource: string;
  rateAsOf: Date;
}

export type PricedPlan = Pick<
  Plan,
  'name' | 'kind' | 'priceMsat' | 'currency' | 'priceMinor' | 'periodMs'
>;

/** Prices `quantity` periods of a plan now; a price in a currency becomes msat at the rate of this instant. */
export async function quotePlan(
  tx: Pick<Tx, 'exchangeRate'>,
  plan: PricedPlan,
  quantity: number,
  nowMs: number,
): Promise<QuotedPlan | Refusal> {
  const { kind, currency, priceMinor } = plan;
  const periodMs = plan.periodMs === null ? null : Number(plan.periodMs);
  const quoted = quote({ kind, priceMsat: plan.priceMsat ?? 0n, periodMs }, quantity);
  if ('refused' in quoted) return tooMuch(plan, quantity);
  if (currency === null || priceMinor === null) return { ...quoted, locked: null };

  const rate = await freshRate(tx, currency, nowMs);
  if (isRefusal(rate)) return rate;
  const totalMinor = priceMinor * BigInt(quantity);
  const priceMsat = toMsat(totalMinor, minorDigits(currency), rate.perUnit);
  if (priceMsat > MAX_PRICE_MSAT) return tooMuch(plan, quantity);
  const { msatPerUnit, rateSource, rateAsOf } = rate;
  const locked = { currency, priceMinor: totalMinor, msatPerUnit, rateSource, rateAsOf };
  return { priceMsat, durationMs: quoted.durationMs, locked };
}

async function freshRate(
  tx: Pick<Tx, 'exchangeRate'>,
  currency: string,
  nowMs: number,
): Promise<(Omit<LockedPrice, 'currency' | 'priceMinor'> & { perUnit: NanoMsat }) | Refusal> {
  const row = await tx.exchangeRate.findUnique({ where: { currency } });
  if (!row) return refuse('currency-unsupported', `The market knows no rate of ${currency}.`);
  if (row.freshUntil.getTime() <= nowMs) {
    return refuse('rate-stale', `The rate of ${currency} is too old to lock a price. Try again.`);
  }
  const msatPerUnit = row.msatPerUnit.toFixed(9);
  const { source: rateSource, asOf: rateAsOf } = row;
  return { perUnit: parseRate(msatPerUnit), msatPerUnit, rateSource, rateAsOf };
}

function tooMuch(plan: PricedPlan, quantity: number): Refusal {
  return refuse('plan-quantity', `${quantity} of plan "${plan.name}" cannot be bought at once.`);
}
