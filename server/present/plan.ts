import type { Plan } from '../../contract/index.ts';
import { describeInclusion } from '../../flow/describe-inclusion.ts';
import type { EstimatedPlan } from '../../flow/estimate-plans.ts';

export function presentPlan(plan: EstimatedPlan): Plan {
  const { name, kind, currency, priceMinor, periodMs, estimate } = plan;
  return {
    name,
    kind,
    priceMsat: (plan.priceMsat ?? estimate?.priceMsat)?.toString() ?? null,
    price:
      currency !== null && priceMinor !== null
        ? { currency, amountMinor: Number(priceMinor) }
        : null,
    rateAsOfMs: estimate?.asOf.getTime() ?? null,
    periodMs: periodMs === null ? null : Number(periodMs),
    ...describeInclusion(plan),
  };
}
