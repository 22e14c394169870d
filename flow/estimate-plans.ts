import { parseRate, toMsat } from '../domain/exchange.ts';
import type { Msat } from '../domain/money.ts';
import type { ExchangeRate, Plan, PrismaClient } from '../prisma/client/client.ts';

/** A plan with what a price in a currency would be in msat, at the last rate. */
export interface EstimatedPlan extends Plan {
  estimate: { priceMsat: Msat; asOf: Date } | null;
}

/** Adds estimates to the plans of listings: one query for all of them. */
export async function estimatePlans<L extends { plans: Plan[] }>(
  prisma: Pick<PrismaClient, 'exchangeRate'>,
  listings: readonly L[],
): Promise<(L & { plans: EstimatedPlan[] })[]> {
  const currencies = new Set(
    listings.flatMap(({ plans }) => plans.flatMap((p) => p.currency ?? [])),
  );
  const rates =
    currencies.size === 0
      ? []
      : await prisma.exchangeRate.findMany({ where: { currency: { in: [...currencies] } } });
  return listings.map((listing) => ({
    ...listing,
    plans: listing.plans.map((plan) => ({ ...plan, estimate: estimate(plan, rates) })),
  }));
}

function estimate(
  { currency, priceMinor }: Plan,
  rates: readonly ExchangeRate[],
): EstimatedPlan['estimate'] {
  const rate = rates.find((each) => each.currency === currency);
  if (!rate || priceMinor === null) return null;
  const perUnit = parseRate(rate.msatPerUnit.toFixed(9));
  return { priceMsat: toMsat(priceMinor, rate.minorDigits, perUnit), asOf: rate.asOf };
}
