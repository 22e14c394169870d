import type { Plan } from '../../contract/index.ts';
import { duration, fiat, sats } from './money.ts';

/** The plan that costs least for its period; trials are no plan to live on. One whose price nobody knows comes last. */
export function cheapestPlan(plans: readonly Plan[]): Plan | undefined {
  return plans
    .filter(({ kind }) => kind !== 'trial')
    .sort((one, other) => compare(one.priceMsat, other.priceMsat))[0];
}

function compare(one: string | null, other: string | null): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  const difference = BigInt(one) - BigInt(other);
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** `10 sat for 1 hour`, where there can be no markup. */
export function priceText({ kind, price, priceMsat, periodMs }: Plan): string {
  if (kind === 'free') return 'free';
  const amount = price ? fiat(price.currency, price.amountMinor) : sats(priceMsat ?? '0');
  return periodMs === null ? amount : `${amount} for ${duration(periodMs)}`;
}
