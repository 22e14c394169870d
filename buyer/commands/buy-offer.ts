import type { OrderState } from '../../protocol/messages.ts';
import type { Context } from '../context.ts';
import { refuseUsage } from '../failure.ts';
import { pullCommand } from '../find-listing.ts';
import { planNamed } from '../sdk/card-plans.ts';
import type { Offer } from '../sdk/offer.ts';
import { slugOf } from '../sdk/slug-of.ts';
import { duration, localTime, sat } from '../terminal/amounts.ts';
import { plainLine } from '../terminal/text.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { offerTerms, openBuyerOf } from './offers.ts';

/** Buys what a card or a key names, from the market's seeders alone. */
export async function buyOffer(
  context: Context,
  what: string,
  options: OfferOrdering & { bootstrap?: string | undefined },
): Promise<void> {
  await using buyer = await openBuyerOf(context, options.bootstrap);
  const offer = await buyer.connect(what);
  await orderOf(context, offer, options);
  const bought = { slug: slugOf(offer.card.dazaar), feed: offer.card.dazaar };
  context.console.line(`Get it:  ${pullCommand(bought, context.settings.repeated)}`);
}

export interface OfferOrdering {
  plan?: string | undefined;
  quantity: string;
  acceptTerms?: string | undefined;
  wallet: Wallet;
}

/** Orders and tells of it. */
export async function orderOf(
  { console }: Context,
  offer: Offer,
  { plan: name, quantity, acceptTerms, wallet }: OfferOrdering,
): Promise<OrderState> {
  const plan = planNamed(offer.plans, name);
  const count = wholeNumber(quantity);
  const { priceMsat } = await offer.quote(plan.name, count);
  console.line(console.style.bold(plainLine(offer.card.name)));
  console.line(
    count === 1 ? offerTerms(plan) : `${count} × ${offerTerms(plan)}: ${sat(priceMsat)}`,
  );
  const { network = 'mainnet' } = offer.card.dazaar;
  if (network !== 'mainnet' && priceMsat > 0n) {
    console.line(`Paid in coins of ${network}, which are worth nothing.`);
  }
  const order = await offer.order(plan.name, {
    wallet,
    quantity: count,
    acceptTerms,
    onProgress(progress) {
      const { step } = progress;
      if (step === 'resumed') console.data({ event: 'resumed', order: progress.order });
      if (step === 'paying') console.data({ event: 'order', order: progress.order });
      if (step === 'paid') {
        console.data({ event: 'paid', feeMsat: String(progress.feeMsat) });
        console.line(`Paid; the route cost ${sat(progress.feeMsat)}.`);
      }
      if (step === 'waiting') console.note('Waiting for the market to confirm …');
    },
  });
  console.data({ event: 'granted', order });
  if (order.grant !== null) tellGrant(console, order.grant.expiresAtMs, order.nowMs);
  return order;
}

function tellGrant(console: Context['console'], expiresAtMs: number | null, nowMs: number): void {
  const until =
    expiresAtMs === null
      ? 'for ever'
      : `until ${localTime(expiresAtMs)} (${duration(expiresAtMs - nowMs)} left)`;
  console.line(console.style.green(`You have access ${until}.`));
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= 1000) return Number(text);
  return refuseUsage('--quantity must be a whole number from 1 to 1000');
}
