import type { Msat } from './money.ts';

/** How access is priced. Only `time` and `trial` plans have a period; a trial is one period, free. */
export interface Plan {
  kind: 'time' | 'forever' | 'free' | 'trial';
  priceMsat: Msat;
  periodMs: number | null;
}

/** What an order buys, and for how much. No duration means for ever. */
export interface Quote {
  priceMsat: Msat;
  durationMs: number | null;
}

export type QuoteRefusal = 'one-only' | 'too-long';

const MAX_DURATION_MS = 10 * 366 * 24 * 60 * 60 * 1000;

/** Prices `quantity` periods of a plan. Plans without a period, and trials, are bought once. */
export function quote(plan: Plan, quantity: number): Quote | { refused: QuoteRefusal } {
  if (plan.kind !== 'time' && quantity !== 1) return { refused: 'one-only' };
  if (plan.periodMs === null) return { priceMsat: plan.priceMsat, durationMs: null };
  const durationMs = plan.periodMs * quantity;
  if (durationMs > MAX_DURATION_MS) return { refused: 'too-long' };
  return { priceMsat: plan.priceMsat * BigInt(quantity), durationMs };
}
