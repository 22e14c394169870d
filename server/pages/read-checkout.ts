import { payableMsat } from '../../domain/payout.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { estimateFiat } from '../../flow/estimate-fiat.ts';
import { readOwnership } from '../../flow/own-orders.ts';
import { quoteOrder } from '../../flow/quote-order.ts';
import { type ListingRow, readListing } from '../../flow/read-listings.ts';
import { type OrderView, readOrder } from '../../flow/read-orders.ts';
import { readRefunds } from '../../flow/read-payouts.ts';
import type { Checkout } from '../../web/pages/checkout/checkout.ts';
import { presentListing } from '../present/listing.ts';
import { presentOrder } from '../present/order.ts';
import { presentPayout } from '../present/payout.ts';
import { readClaimCode } from './claim-cookie.ts';
import type { PageDeps } from './deps.ts';
import { newFormToken } from './form-token.ts';
import { shelfOwner } from './own-shelf.ts';
import type { Visit } from './page-router.ts';

/** All that the page of an order shows; null when there is no such order. */
export async function readCheckout(
  deps: PageDeps,
  visit: Visit,
): Promise<{ checkout: Checkout; view: OrderView } | null> {
  const { prisma, origin, keys } = deps;
  const { params, req } = visit;
  const view = await readOrderNamed(deps, params.id);
  if (!view) return null;
  const { order, invoice } = view;
  const listing = await readListing(prisma, order.listingSlug);
  if (!listing) throw new Error(`listing ${order.listingSlug} is gone`);
  const [{ isOwn, mayRead }, refunds, again, about] = await Promise.all([
    readOwnership(prisma, shelfOwner(req), order),
    readRefunds(prisma, order.id),
    readAgain(deps, view, listing),
    order.currency === null && order.priceMsat > 0n ? estimateFiat(prisma, order.priceMsat) : null,
  ]);
  const checkout: Checkout = {
    order: presentOrder(view),
    listing: presentListing(listing, origin(), keys),
    wasHeld: invoice?.heldAt != null,
    durationMs: order.durationMs === null ? null : Number(order.durationMs),
    about,
    // The cookie outlives the login that it was ordered with.
    claimCode: isOwn ? readClaimCode(deps, req) : null,
    isOwn,
    mayRead,
    newest: [],
    refunds: refunds.map(presentPayout),
    payableMsat: payableMsat(view.refundableMsat).toString(),
    again,
    token: newFormToken(),
    fault: null,
    hasPlayWallet: deps.playWallet !== undefined,
  };
  return { checkout, view };
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export async function readOrderNamed({ prisma }: PageDeps, id = ''): Promise<OrderView | null> {
  return UUID.test(id) ? readOrder(prisma, id) : null;
}

async function readAgain(
  { prisma }: PageDeps,
  { order }: OrderView,
  listing: ListingRow,
): Promise<Checkout['again']> {
  const quoted = await quoteOrder(prisma, listing, order.planName, order.quantity);
  if (isRefusal(quoted)) return { refused: 'gone' };
  const accepted = order.termsHash ?? new Uint8Array();
  const isSame = Buffer.compare(listing.termsHash ?? new Uint8Array(), accepted) === 0;
  return isSame ? { priceMsat: quoted.priceMsat.toString() } : { refused: 'terms' };
}
