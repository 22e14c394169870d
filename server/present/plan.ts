import type { Plan } from '../../contract/index.ts';
import type { EstimatedPlan } from '../../flow/estimate-plans.ts';
import type { Plan as PlanRow } from '../../prisma/client/client.ts';

type Inclusion = Pick<Plan, 'history' | 'historyBlocks' | 'maxConnections' | 'tracked'>;

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
    ...presentInclusion(plan),
  };
}

/** What a plan opens, beside the time. */
export function presentInclusion({
  history,
  historyBlocks,
  maxConnections,
  tracked,
}: Pick<PlanRow, keyof Inclusion>): Inclusion {
  return {
    history: history === 'from_purchase' ? 'from-purchase' : history,
    historyBlocks: historyBlocks === null ? null : Number(historyBlocks),
    maxConnections,
    tracked,
  };
}
