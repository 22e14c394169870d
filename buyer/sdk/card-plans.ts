import { planOf } from '../../domain/card-payment.ts';
import type { Card } from '../../protocol/card.ts';
import type { PlanOffer } from '../../protocol/messages.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, refuseUsage } from '../failure.ts';

/** The plans on sale as the card has them. A price in a currency has no msat: {@link Offer.quote} asks for them. */
export function plansOnCard({ payment, dazaar }: Card): PlanOffer[] {
  return payment.flatMap((entry, i) => {
    const name = dazaar.plans[i];
    const includes = dazaar.includes[i];
    if (name === undefined || includes === undefined) return [];
    const plan = planOf(entry, name);
    if (typeof plan === 'string') return [];
    const { kind, priceMsat, currency, priceMinor, periodMs } = plan;
    const { history, historyBlocks, maxConnections, tracked } = includes;
    const price = currency === null ? null : { currency, amountMinor: Number(priceMinor) };
    return {
      name,
      kind,
      priceMsat: priceMsat === null ? null : String(priceMsat),
      price,
      periodMs: periodMs === null ? null : Number(periodMs),
      history,
      historyBlocks,
      maxConnections,
      tracked,
    };
  });
}

/** The plan of that name, or the only one there is. @throws Failure naming those there are */
export function planNamed(plans: readonly PlanOffer[], name: string | undefined): PlanOffer {
  const [only, another] = plans;
  if (name === undefined && only && !another) return only;
  const plan = plans.find((each) => each.name === name);
  if (plan) return plan;
  const names = plans.map((each) => each.name).join(', ');
  if (names === '') throw new Failure(EXIT.market, 'not-for-sale', 'no plan is on sale');
  const message = name === undefined ? 'there are several plans' : `there is no plan "${name}"`;
  return refuseUsage(message, `choose one: ${names}`);
}
