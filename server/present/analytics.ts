import { type DayRange, daysOf } from '../../domain/day-range.ts';
import type { Money, PlanRevenue, Served } from '../../flow/read-analytics.ts';

const NOTHING: Money = {
  payments: 0,
  grossMsat: 0n,
  commissionMsat: 0n,
  netMsat: 0n,
  refundableMsat: 0n,
};

export function presentRevenue(range: DayRange, rows: PlanRevenue[]) {
  const byDay = Map.groupBy(rows, ({ day }) => day);
  return {
    ...range,
    total: presentMoney(sum(rows)),
    days: daysOf(range).map((day) => {
      const plans = byDay.get(day) ?? [];
      return {
        day,
        ...presentMoney(sum(plans)),
        plans: plans.map((row) => ({ listing: row.listing, plan: row.plan, ...presentMoney(row) })),
      };
    }),
  };
}

export function presentUsage(range: DayRange, rows: Served[]) {
  const byDay = Map.groupBy(rows, ({ day }) => day);
  return {
    ...range,
    days: daysOf(range).map((day) => ({
      day,
      served: (byDay.get(day) ?? []).map(({ listing, transport, buyers, blocks, bytes }) => ({
        listing,
        transport,
        buyers,
        blocks: Number(blocks),
        bytes: Number(bytes),
      })),
    })),
  };
}

function sum(rows: Money[]): Money {
  return rows.reduce(
    (total, row) => ({
      payments: total.payments + row.payments,
      grossMsat: total.grossMsat + row.grossMsat,
      commissionMsat: total.commissionMsat + row.commissionMsat,
      netMsat: total.netMsat + row.netMsat,
      refundableMsat: total.refundableMsat + row.refundableMsat,
    }),
    NOTHING,
  );
}

function presentMoney(money: Money) {
  return {
    payments: money.payments,
    grossMsat: money.grossMsat.toString(),
    commissionMsat: money.commissionMsat.toString(),
    netMsat: money.netMsat.toString(),
    refundableMsat: money.refundableMsat.toString(),
  };
}
