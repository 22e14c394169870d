/** The buyer's SDK: see docs/sdk.md. */
import { Buyer, type BuyerOptions, type ConnectOptions } from './sdk/buyer.ts';
import type { Offer } from './sdk/offer.ts';

export type { Card } from '../protocol/card.ts';
export type { EpochSeedsJson } from '../protocol/epoch-tree.ts';
export type {
  Expiring,
  Invalid,
  Message,
  OrderState,
  PlanOffer,
  Valid,
} from '../protocol/messages.ts';
export { sealedStore } from '../protocol/sealed-store.ts';
export { WriterSeal, type WriterSealOptions } from '../protocol/writer-seal.ts';
export { Failure } from './failure.ts';
export type { BuyingStep } from './ordering/buy-access.ts';
export type { BuyOptions, OpenOptions, PriceQuote, RenewOptions } from './sdk/offer.ts';
export type { OrderOptions, Payer } from './sdk/order-access.ts';
export type { BlockRange, ExtendOptions, Purchase, PurchaseEvents } from './sdk/purchase.ts';
export { createSeedPhrase } from './seed-phrase.ts';
export type { Access } from './swarm/access.ts';
export type { FeedReplica } from './swarm/feed-replica.ts';
export type { PayInvoice } from './wallet/callback-wallet.ts';
export { LndWallet, type LndWalletOptions } from './wallet/lnd-wallet.ts';
export { NwcWallet } from './wallet/nwc-wallet.ts';
export { sandboxWallet } from './wallet/sandbox-wallet.ts';
export type { Payable, PayOutcome, Wallet } from './wallet/wallet.ts';
export type { Buyer, BuyerOptions, ConnectOptions, Offer };

/** Opens a buyer that connects to any number of offers; those of one market share one swarm and one store. */
export function openBuyer(options: BuyerOptions = {}): Promise<Buyer> {
  return Buyer.open(options);
}

/** Connects to one offer, with a buyer of its own that is closed with it; what it is given is as for {@link Buyer.connect}. */
export async function connect(
  what: unknown,
  { listing, ...options }: BuyerOptions & ConnectOptions = {},
): Promise<Offer> {
  const buyer = await Buyer.open(options);
  try {
    return await buyer.connect(what, { listing }, () => buyer.close());
  } catch (error) {
    await buyer.close();
    throw error;
  }
}
