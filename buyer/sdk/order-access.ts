import type { Card } from '../../protocol/card.ts';
import type { OrderState, PlanOffer, Quote } from '../../protocol/messages.ts';
import { doTrialWork, type TrialAsked } from '../../protocol/trial-work.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, refuseUsage } from '../failure.ts';
import { type BuyingStep, buyAccess } from '../ordering/buy-access.ts';
import { keyedOrder, PendingOrder } from '../ordering/pending-order.ts';
import type { SwarmDesk } from '../swarm/swarm-desk.ts';
import { CallbackWallet, type PayInvoice } from '../wallet/callback-wallet.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { slugOf } from './slug-of.ts';

// Some minutes of hashing.
const MAX_WORK_BITS = 26;

/** What pays: a wallet, or a function that pays an invoice. */
export type Payer = Wallet | PayInvoice;

/** How something is bought. */
export interface OrderOptions {
  wallet: Payer;
  /** How many periods; 1 unless said. */
  quantity?: number;
  /** The most to pay for all of it; left out: the price on the card, and for a price in a currency what is quoted. */
  maxPriceMsat?: bigint | undefined;
  /** The hash of the terms of use on the card, where there are some: that they are accepted. */
  acceptTerms?: string | undefined;
  /** Told of each step; awaited, so that nothing is paid before it is done. */
  onProgress?: ((step: BuyingStep<OrderState>) => void | Promise<void>) | undefined;
}

/** Where something is bought, and by whom. */
export interface Shop {
  card: Card;
  desk: SwarmDesk;
  buyerKey: string;
  /** Where purchases under way are remembered. */
  ordersDir: string;
}

/**
 * Orders, pays once and waits for the grant; killed at any point and called again with the same plan and quantity, it goes on
 * with the same order.
 *
 * @throws Failure saying what became of the money
 */
export async function orderAccess(
  { card, desk, buyerKey, ordersDir }: Shop,
  plan: PlanOffer,
  options: OrderOptions,
): Promise<OrderState> {
  const { quantity = 1, wallet, onProgress } = options;
  const acceptTerms = acceptedTerms(card, options.acceptTerms);
  const { feedId } = card.dazaar;
  const work = await workFor(desk, plan, { feedId, buyerKey });
  const fields = { listing: feedId, plan: plan.name, quantity, buyerKey, acceptTerms, work };
  const parsed = keyedOrder.safeParse(fields);
  if (!parsed.success) return refuseUsage('the quantity must be a whole number from 1 to 1000');
  const newOrder = parsed.data;
  // Of a purchase under way the price was agreed to.
  const priceMsat =
    (await PendingOrder.agreedPriceMsat(ordersDir, newOrder)) ??
    (await agreePrice(desk, plan, quantity, acceptTerms, options.maxPriceMsat));
  return buyAccess({
    desk,
    newOrder,
    priceMsat,
    maxPriceMsat: options.maxPriceMsat,
    wallet: typeof wallet === 'function' ? new CallbackWallet(wallet) : wallet,
    ordersDir,
    onProgress,
  });
}

/** What a trial takes, always the same for one key: so a purchase that is taken up again is the same. */
async function workFor(
  desk: SwarmDesk,
  { name, kind }: PlanOffer,
  asked: TrialAsked,
): Promise<string | undefined> {
  if (kind !== 'trial') return undefined;
  const { workBits = 0 } = await desk.quote({ plan: name, quantity: 1 });
  if (workBits > MAX_WORK_BITS) throw tooMuchWork(workBits);
  return workBits === 0 ? undefined : ((await doTrialWork(asked, workBits)) ?? undefined);
}

async function agreePrice(
  desk: SwarmDesk,
  plan: PlanOffer,
  quantity: number,
  acceptTerms: string | undefined,
  maxPriceMsat: bigint | undefined,
): Promise<bigint> {
  const quote = await desk.quote({ plan: plan.name, quantity });
  const priceMsat = BigInt(quote.priceMsat);
  const limit = maxPriceMsat ?? priceOnCard(plan, quantity) ?? priceMsat;
  if (priceMsat > limit) throw tooDear(plan.name, priceMsat, limit);
  if ((quote.termsHash ?? undefined) !== acceptTerms) throw otherTerms(quote);
  return priceMsat;
}

/** What the card says that so much of a plan costs; null for a price in a currency. */
function priceOnCard({ priceMsat }: PlanOffer, quantity: number): bigint | null {
  return priceMsat === null ? null : BigInt(priceMsat) * BigInt(quantity);
}

function acceptedTerms({ dazaar }: Card, accepted: string | undefined): string | undefined {
  if (dazaar.terms === null || accepted === dazaar.terms.hash) return accepted;
  throw new Failure(
    EXIT.usage,
    'terms-not-accepted',
    `"${slugOf(dazaar)}" has terms of use: read them at ${dazaar.terms.url}`,
    `they are on the card, too; accept them by their hash: ${dazaar.terms.hash}`,
  );
}

const tooMuchWork = (bits: number) =>
  new Failure(
    EXIT.market,
    'too-much-work',
    `the market asks for more work than a trial is worth (${bits} bits)`,
    'buy another plan',
  );

const tooDear = (plan: string, priceMsat: bigint, limit: bigint) =>
  new Failure(
    EXIT.notPaid,
    'price-above-limit',
    `plan "${plan}" costs ${priceMsat} msat now, the limit is ${limit} msat`,
    'nothing was paid; agree to more, or get the card anew',
  );

const otherTerms = ({ termsHash }: Quote) =>
  new Failure(
    EXIT.market,
    'terms-changed',
    termsHash === null
      ? 'there are no terms of use any more'
      : `the terms of use have changed: their hash is ${termsHash} now`,
    'nothing was paid; get the card anew and read them',
  );
