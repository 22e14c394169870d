import { changePlans, isNamedTwice, type PlanTerms } from '../domain/plan-list.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { FeedKind } from '../prisma/client/client.ts';
import type { Tx } from './deps.ts';

const NAMES: Record<FeedKind, string> = {
  hypercore: 'Hypercore',
  hyperbee: 'Hyperbee',
  hyperdrive: 'Hyperdrive',
  autobase: 'feed of several writers (Autobase)',
};

/** Why plans cannot be sold as they are wanted; null when they can. */
export async function faultOfPlans(
  tx: Tx,
  wanted: readonly PlanTerms[],
  kind: FeedKind,
): Promise<Refusal | null> {
  if (isNamedTwice(wanted)) {
    return refuse('plan-named-twice', 'Every plan of a listing has a name of its own.');
  }
  const part = kind === 'hypercore' ? undefined : wanted.find(({ history }) => history !== 'all');
  if (part) {
    return refuse(
      'plan-history',
      `Plan "${part.name}" has to include all of the history: a ${NAMES[kind]} cannot be read without its old blocks.`,
    );
  }
  const currencies = new Set(wanted.flatMap(({ currency }) => currency ?? []));
  const known = await tx.exchangeRate.findMany({ where: { currency: { in: [...currencies] } } });
  for (const { currency } of known) currencies.delete(currency);
  const [unknown] = currencies;
  return unknown ? refuse('currency-unsupported', `The market knows no rate of ${unknown}.`) : null;
}

/** Makes the plans of a listing, which is locked, the wanted ones. */
export async function writePlans(
  tx: Tx,
  listingId: string,
  wanted: readonly PlanTerms[],
  nowMs: number,
): Promise<void> {
  const inForce = await tx.plan.findMany({ where: { listingId, retiredAt: null } });
  const { keep, retire, add } = changePlans(inForce, wanted);
  await tx.plan.updateMany({
    where: { id: { in: retire } },
    data: { retiredAt: new Date(nowMs) },
  });
  for (const { id, position } of keep) {
    await tx.plan.update({ where: { id }, data: { position } });
  }
  await tx.plan.createMany({ data: add.map((plan) => ({ ...plan, listingId })) });
}
