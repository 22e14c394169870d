import type { Msat } from './money.ts';
import type { PlanReach } from './reach.ts';

/** What a plan costs: its price is in msat, or in a currency. */
export interface PlanPrice {
  name: string;
  kind: 'time' | 'forever' | 'free' | 'trial';
  priceMsat: Msat | null;
  currency: string | null;
  priceMinor: bigint | null;
  periodMs: bigint | null;
}

/** A plan as the seller writes it. */
export interface PlanTerms extends PlanPrice, PlanReach {
  /** Of a free plan: whether it is ordered, so that the seller sees who has it. Otherwise anybody may replicate. */
  tracked: boolean;
}

export interface PlanChange {
  /** Plans that stay, each with its place in the list. */
  keep: { id: string; position: number }[];
  /** The ids of plans that are sold no more; orders of them go on. */
  retire: string[];
  add: (PlanTerms & { position: number })[];
}

/**
 * What makes the plans in force the wanted ones, in the wanted order. A plan is never changed: what an order was placed
 * for stays as it was, and another price is another plan.
 *
 * @param wanted named differently each
 */
export function changePlans(
  inForce: readonly (PlanTerms & { id: string })[],
  wanted: readonly PlanTerms[],
): PlanChange {
  const change: PlanChange = { keep: [], retire: [], add: [] };
  wanted.forEach((terms, position) => {
    const same = inForce.find((plan) => isSame(plan, terms));
    if (same) change.keep.push({ id: same.id, position });
    else change.add.push({ ...terms, position });
  });
  const kept = new Set(change.keep.map(({ id }) => id));
  change.retire = inForce.flatMap(({ id }) => (kept.has(id) ? [] : [id]));
  return change;
}

/** Whether two plans of a list have one name. */
export function isNamedTwice(plans: readonly { name: string }[]): boolean {
  return new Set(plans.map(({ name }) => name)).size < plans.length;
}

function isSame(a: PlanTerms, b: PlanTerms): boolean {
  return (
    a.name === b.name &&
    a.kind === b.kind &&
    a.priceMsat === b.priceMsat &&
    a.currency === b.currency &&
    a.priceMinor === b.priceMinor &&
    a.periodMs === b.periodMs &&
    a.history === b.history &&
    a.historyBlocks === b.historyBlocks &&
    a.maxConnections === b.maxConnections &&
    a.tracked === b.tracked
  );
}
