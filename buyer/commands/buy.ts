import type { Listing, Order } from '../../contract/index.ts';
import { doTrialWork } from '../../protocol/trial-work.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, refuseUsage } from '../failure.ts';
import { findListing, findPlan, pullCommand } from '../find-listing.ts';
import { type BuyingStep, buyAccess } from '../ordering/buy-access.ts';
import { HttpDesk } from '../ordering/http-desk.ts';
import { type KeyedOrder, keyedOrder } from '../ordering/pending-order.ts';
import { ownIdentity } from '../own-identity.ts';
import { duration, localTime, planTerms, sat } from '../terminal/amounts.ts';
import { qrCode } from '../terminal/qr-code.ts';
import { plainLine } from '../terminal/text.ts';
import { openWallet } from '../wallet/open-wallet.ts';
import type { Payable } from '../wallet/wallet.ts';
import { buyOffer } from './buy-offer.ts';
import { isOffer } from './offers.ts';

export interface BuyOptions {
  plan?: string;
  quantity: string;
  wallet: string;
  maxFee?: string;
  acceptTerms?: string;
  bootstrap?: string;
}

/** Buys access to a listing and waits until it is granted. */
export async function buy(context: Context, slug: string, options: BuyOptions): Promise<void> {
  const { client, console, paths, settings } = context;
  const wallet = await openWallet(options.wallet, {
    sandboxDir: settings.sandboxDir,
    maxFeeMsat: satOption(options.maxFee),
    show: (payable) => showInvoice(context, payable),
  });
  if (isOffer(slug)) return buyOffer(context, slug, { ...options, wallet });
  const listing = await findListing(client, slug);
  const plan = findPlan(listing, options.plan);
  const { buyerKey } = await ownIdentity(context);
  const { quantity } = options;
  const acceptTerms = acceptedTerms(context, listing, options);
  const work = await workFor(context, listing, plan, buyerKey);
  const order = orderFrom({
    listing: slug,
    plan: plan.name,
    quantity,
    buyerKey,
    acceptTerms,
    work,
  });
  const priceMsat = BigInt(plan.priceMsat ?? unpriced(plan.name)) * BigInt(order.quantity);
  const terms = planTerms(plan);
  console.line(console.style.bold(plainLine(listing.title)));
  console.line(order.quantity === 1 ? terms : `${order.quantity} × ${terms}: ${sat(priceMsat)}`);
  const paid = await buyAccess({
    desk: new HttpDesk(client),
    newOrder: order,
    priceMsat,
    wallet,
    ordersDir: paths.orders,
    onProgress: (step) => tellStep(context, step),
  });
  tellAccess(context, listing, paid);
}

/** What a trial takes, always the same for one key: so a purchase that is taken up again is the same. */
async function workFor(
  { client, console }: Context,
  { feed }: Listing,
  { kind }: Listing['plans'][number],
  buyerKey: string,
): Promise<string | undefined> {
  if (kind !== 'trial') return undefined;
  const { trialWorkBits } = await client.market();
  if (trialWorkBits === 0) return undefined;
  console.note('Working for the trial: some seconds, so that nobody takes them by the thousand …');
  return (await doTrialWork({ feedId: feed.id, buyerKey }, trialWorkBits)) ?? undefined;
}

function orderFrom(fields: {
  listing: string;
  plan: string;
  quantity: string;
  buyerKey: string;
  acceptTerms: string | undefined;
  work: string | undefined;
}): KeyedOrder {
  const parsed = keyedOrder.safeParse({ ...fields, quantity: Number(fields.quantity) });
  if (parsed.success) return parsed.data;
  return refuseUsage('--quantity must be a whole number from 1 to 1000');
}

function acceptedTerms(
  { settings }: Context,
  { slug, terms }: Listing,
  options: BuyOptions,
): string | undefined {
  if (terms === null || options.acceptTerms === terms.hash) return terms?.hash;
  const message = `${slug} has terms of use: read them at ${terms.url}`;
  const hint = `accept them with --accept-terms ${terms.hash}${settings.repeated}`;
  return refuseUsage(message, hint);
}

function unpriced(planName: string): never {
  const message = `the market knows no price in sat of plan "${planName}" now`;
  throw new Failure(EXIT.market, 'no-rate', message, 'try again in a while');
}

function satOption(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,12}$/.test(text)) return BigInt(text) * 1000n;
  return refuseUsage('--max-fee must be a whole number of sat');
}

async function showInvoice({ console }: Context, { bolt11, amountMsat }: Payable): Promise<void> {
  console.data({ event: 'invoice', bolt11, amountMsat: String(amountMsat) });
  if (console.json) return;
  console.line();
  console.line(await qrCode(bolt11, console.style.isOn));
  console.line(bolt11);
  console.line();
  console.line(`Pay these ${sat(amountMsat)} with any Lightning wallet.`);
}

function tellStep({ console }: Context, progress: BuyingStep<Order>): void {
  const { step, order } = progress;
  if (step === 'resumed') {
    console.data({ event: 'resumed', order });
    console.line(`Going on with order ${order.id}, which is ${order.state}.`);
  }
  if (step === 'paying') {
    console.data({ event: 'order', order });
    if (order.invoice?.settlement === 'held') {
      console.line('The payment is held until a seeder lets you in, and comes back otherwise.');
    }
  }
  if (step === 'paid') {
    console.data({ event: 'paid', feeMsat: String(progress.feeMsat) });
    console.line(`Paid; the route cost ${sat(progress.feeMsat)}.`);
  }
  if (step === 'waiting') console.note('Waiting for the market to confirm …');
}

function tellAccess({ console, settings }: Context, listing: Listing, order: Order): void {
  console.data({ event: 'granted', order });
  const { grant, nowMs } = order;
  if (grant === null) return;
  const until =
    grant.expiresAtMs === null
      ? 'for ever'
      : `until ${localTime(grant.expiresAtMs)} (${duration(grant.expiresAtMs - nowMs)} left)`;
  console.line(console.style.green(`You have access ${until}.`));
  console.line(`Get it:  ${pullCommand(listing, settings.repeated)}`);
}
