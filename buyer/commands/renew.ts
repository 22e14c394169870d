import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, refuseUsage } from '../failure.ts';
import { untilInterrupted } from '../interruption.ts';
import type { Buyer } from '../sdk/buyer.ts';
import { findBought } from '../sdk/find-bought.ts';
import type { Offer } from '../sdk/offer.ts';
import { slugOf } from '../sdk/slug-of.ts';
import { duration, localTime } from '../terminal/amounts.ts';
import { openWallet } from '../wallet/open-wallet.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { orderOf } from './buy-offer.ts';
import { isOffer, openBuyerOf } from './offers.ts';

export interface RenewCommandOptions {
  plan?: string;
  quantity: string;
  wallet: string;
  acceptTerms?: string;
  budget?: string;
  per?: string;
  watch?: boolean;
  bootstrap?: string;
}

const HOUR_MS = 3_600_000;

/** Buys more of what was bought: once, or with `watch` again and again within a budget. */
export async function renew(
  context: Context,
  what: string,
  options: RenewCommandOptions,
): Promise<void> {
  const { settings } = context;
  if (options.watch && options.budget === undefined) {
    refuseUsage('--watch spends by itself', 'say how much at most: --budget SAT');
  }
  if (options.budget !== undefined && !options.watch) refuseUsage('--budget is for --watch');
  const budgetMsat = satOf('--budget', options.budget);
  const wallet = await openWallet(options.wallet, {
    sandboxDir: settings.sandboxDir,
    maxFeeMsat: undefined,
    show: () => refuseUsage('renew needs a wallet that pays by itself', 'give another --wallet'),
  });
  await using buyer = await openBuyerOf(context, options.bootstrap);
  const offer = await offerOf(context, buyer, what);
  const plan = options.plan ?? onlyPlan(offer);
  if (budgetMsat === undefined) await orderOf(context, offer, { ...options, plan, wallet });
  else await watchOver(context, offer, { ...options, plan, budgetMsat, wallet });
}

async function offerOf({ settings }: Context, buyer: Buyer, what: string): Promise<Offer> {
  const bought = await findBought(buyer, what);
  if (bought) return bought;
  return isOffer(what) ? buyer.connect(what) : buyer.connect(settings.marketUrl, { listing: what });
}

interface Watched {
  plan: string;
  budgetMsat: bigint;
  per?: string;
  acceptTerms?: string;
  wallet: Wallet;
}

async function watchOver({ console }: Context, offer: Offer, watched: Watched): Promise<void> {
  const { plan, budgetMsat, per, acceptTerms, wallet } = watched;
  const perMs = per === undefined ? undefined : hoursOf(per);
  const purchase = await offer.purchase({
    wallet,
    acceptTerms,
    renew: { plan, budgetMsat, ...(perMs !== undefined && { perMs }) },
  });
  if (purchase === null) throw noAccess(offer);
  purchase.on('renewed', (order) => {
    console.data({ event: 'renewed', order });
    const endMs = order.grant?.expiresAtMs ?? null;
    if (endMs !== null) console.line(`Renewed until ${localTime(endMs)}.`);
  });
  purchase.on('renewal-failed', ({ code, message }) => {
    console.data({ event: 'renewal-failed', code, message });
    console.line(`Not renewed: ${message}.`);
  });
  purchase.on('invalid', (report) => {
    console.data({ event: 'invalid', reason: report.reason });
    console.line(`Access ended (${report.reason}).`);
  });
  const { access, timeLeft } = purchase;
  console.data({
    event: 'watching',
    access,
    timeLeftMs: Number.isFinite(timeLeft) ? timeLeft : null,
  });
  if (access.state !== 'valid') console.line('There is no access now.');
  else if (Number.isFinite(timeLeft)) console.line(`${duration(timeLeft)} left.`);
  console.note('Renewing within the budget. Stop with Ctrl-C.');
  await untilInterrupted();
  await purchase.close();
}

function onlyPlan({ plans }: Offer): string {
  const timed = plans.filter(({ kind }) => kind === 'time');
  const [plan] = timed;
  if (plan && timed.length === 1) return plan.name;
  const names = plans.map(({ name }) => name).join(', ');
  return refuseUsage('there are several plans', `choose one with --plan: ${names}`);
}

function satOf(name: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,12}$/.test(text)) return BigInt(text) * 1000n;
  return refuseUsage(`${name} must be a whole number of sat`);
}

function hoursOf(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text) * HOUR_MS;
  return refuseUsage('--per must be a whole number of hours');
}

const noAccess = (offer: Offer) =>
  new Failure(
    EXIT.noAccess,
    'no-access',
    `you have no access to ${slugOf(offer.card.dazaar)}`,
    'buy it first',
  );
