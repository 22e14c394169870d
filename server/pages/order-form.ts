import type { Router } from 'express';
import { isRefusal, type Refusal } from '../../domain/refusal.ts';
import { estimateFiat } from '../../flow/estimate-fiat.ts';
import { readOwnKeys } from '../../flow/own-orders.ts';
import { quoteOrder } from '../../flow/quote-order.ts';
import { type ListingRow, readListing } from '../../flow/read-listings.ts';
import { readTerms } from '../../flow/read-terms.ts';
import { addressOf } from '../../http/limits.ts';
import { orderFormPage } from '../../web/pages/checkout/order-form.ts';
import type { OrderOffer, Quote } from '../../web/pages/checkout/order-offer.ts';
import { EMPTY_FORM, type FormState } from '../../web/parts/form.ts';
import { presentListing } from '../present/listing.ts';
import type { PageDeps } from './deps.ts';
import { formIdempotency, formToken, newFormToken } from './form-token.ts';
import { type Holder, readHolder } from './order-holder.ts';
import { shelfOwner } from './own-shelf.ts';
import { GoTo, pageRouter, type Visit } from './page-router.ts';
import { takeOrder } from './take-order.ts';

const PATH = '/listings/:slug/buy';
const MAX_QUANTITY = 1000;
/** Which field a refusal is about; any other is about the form as a whole. */
const FIELD_OF: Partial<Record<Refusal['refused'], string>> = {
  'terms-not-accepted': 'acceptTerms',
  'terms-changed': 'acceptTerms',
  'plan-not-found': 'plan',
  'plan-quantity': 'quantity',
  'trial-used': 'holder',
  'trial-needs-key': 'holder',
  'too-many-open-orders': 'holder',
};
const WORDS: Partial<Record<Refusal['refused'], string>> = {
  'terms-not-accepted': 'Read the terms of use and accept them.',
  'terms-changed': 'The seller has changed these terms meanwhile. Read them again and accept them.',
  'trial-used': 'This key has had its trial of this data.',
  'trial-needs-key':
    'Trials were ordered from here already today. Choose a key to work for, or come back tomorrow.',
  'trial-work-missing':
    'Trials were ordered from here already today without scripts. Allow scripts for this page, or come back tomorrow.',
  'idempotency-in-flight': 'Your order is being placed already. Send it once more in a moment.',
};

export function orderFormPages(deps: PageDeps): Router {
  const { prisma } = deps;
  const pages = pageRouter(deps);

  pages.get(PATH, 'reads', async (visit) => {
    const listing = await readListing(prisma, visit.params.slug ?? '');
    if (!listing) return null;
    const { key } = visit.query;
    // Links of the shelf name the key that is to have more time.
    const chosen = key === undefined ? EMPTY_FORM.values : { holder: `shelf:${key}` };
    const form = { ...EMPTY_FORM, values: chosen };
    const offer = await offerOf(deps, visit, listing, visit.query, form);
    return offer && orderFormPage({ ...offer, token: newFormToken() }, visit.viewer);
  });

  pages.post(PATH, 'writes', async (visit) => {
    const { form, viewer } = visit;
    const listing = await readListing(prisma, visit.params.slug ?? '');
    if (!listing) return null;
    const placed = form.do === 'update' ? EMPTY_FORM.faults : await order(deps, visit, listing);
    if (placed instanceof GoTo) return placed;
    // What was refused may have been refused because the listing has changed.
    const current = (await readListing(prisma, listing.slug)) ?? listing;
    const offer = await offerOf(deps, visit, current, form, { values: form, faults: placed });
    return offer && orderFormPage(offer, viewer);
  });

  return pages.router;
}

type Faults = FormState['faults'];

/** Places the order that the form asks for and goes to its page, or says what is wrong. */
async function order(deps: PageDeps, visit: Visit, listing: ListingRow): Promise<GoTo | Faults> {
  const { form, req } = visit;
  const quantity = quantityIn(form);
  if (quantity === null) return { quantity: `Choose a whole number from 1 to ${MAX_QUANTITY}.` };
  const acceptedTerms = form.acceptTerms ? fromHex(form.acceptTerms) : null;
  if (listing.termsHash && !acceptedTerms) return faultsOf('terms-not-accepted', '');
  const { allowed } = await deps.limiter.take('orders', addressOf(req));
  if (!allowed)
    return { '': 'Many orders were placed from here. Wait a minute and send it again.' };
  const holder: Holder = await readHolder(deps, visit, listing);
  if ('fault' in holder) return { [holder.field]: holder.fault };
  const request = {
    listingSlug: listing.slug,
    planName: form.plan ?? '',
    quantity,
    buyerKey: holder.buyerKey,
    acceptedTerms,
    ...(await trialOf(deps, visit, listing)),
  };
  const content = [request.listingSlug, request.planName, quantity, form.acceptTerms ?? ''];
  const idempotency = formIdempotency(deps, visit, 'orderForm', content);
  const taken = await takeOrder(deps, visit, { ...request, idempotency });
  if (!isRefusal(taken)) return taken;
  return faultsOf(taken.refused, taken.detail);
}

/** What was done for a trial: the work of a browser with scripts, or else one of so many a day from an address. */
async function trialOf(
  { limiter }: PageDeps,
  { form, req }: Visit,
  { plans }: ListingRow,
): Promise<{ work?: string; isLimited?: boolean }> {
  if (!plans.some(({ name, kind }) => name === form.plan && kind === 'trial')) return {};
  if (form.work) return { work: form.work };
  return { isLimited: (await limiter.take('trials', addressOf(req))).allowed };
}

function faultsOf(refused: Refusal['refused'], detail: string): Faults {
  return { [FIELD_OF[refused] ?? '']: WORDS[refused] ?? detail };
}

/** @returns null when the listing sells nothing */
async function offerOf(
  deps: PageDeps,
  { req }: Visit,
  row: ListingRow,
  typed: Record<string, string>,
  form: FormState,
): Promise<OrderOffer | null> {
  const { prisma, origin, keys, trialWorkBits } = deps;
  const listing = presentListing(row, origin(), keys);
  const plan = listing.plans.find(({ name }) => name === typed.plan) ?? listing.plans[0];
  if (!plan) return null;
  const quantity = plan.kind === 'time' ? (quantityIn(typed) ?? 1) : 1;
  const [quoted, ownKeys, terms] = await Promise.all([
    quoteOrder(prisma, row, plan.name, quantity),
    row.feed ? readOwnKeys(prisma, shelfOwner(req), row.feed.id) : [],
    row.termsHash ? readTerms(prisma, row.termsHash) : null,
  ]);
  const faults = isRefusal(quoted)
    ? { ...faultsOf(quoted.refused, quoted.detail), ...form.faults }
    : form.faults;
  return {
    listing,
    plan,
    quantity,
    quote: isRefusal(quoted) ? null : await presentQuote(deps, quoted),
    terms: terms && { hash: hex(terms.hash), text: terms.text, licence: terms.licence },
    ownKeys: ownKeys.map((key) => ({ ...key, buyerKey: hex(key.buyerKey) })),
    token: formToken(typed),
    trialWorkBits,
    form: { values: form.values, faults },
  };
}

async function presentQuote(
  { prisma }: PageDeps,
  quoted: Exclude<Awaited<ReturnType<typeof quoteOrder>>, Refusal>,
): Promise<Quote> {
  const { priceMsat, durationMs, nowMs, locked } = quoted;
  return {
    priceMsat: priceMsat.toString(),
    durationMs,
    nowMs,
    locked: locked && {
      currency: locked.currency,
      priceMinor: Number(locked.priceMinor),
      msatPerUnit: locked.msatPerUnit,
    },
    about: locked || priceMsat === 0n ? null : await estimateFiat(prisma, priceMsat),
  };
}

function quantityIn({ quantity = '1' }: Record<string, string>): number | null {
  const count = /^\d{1,4}$/.test(quantity.trim()) ? Number(quantity) : 0;
  return count >= 1 && count <= MAX_QUANTITY ? count : null;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
