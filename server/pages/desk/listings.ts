import type { Router } from 'express';
import { listingState } from '../../../contract/index.ts';
import { ownershipProofs } from '../../../contract/mirrored-feed.ts';
import type { ListingMove, ListingState } from '../../../domain/listing.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { countSales } from '../../../flow/count-sales.ts';
import { proveOwnership } from '../../../flow/prove-ownership.ts';
import { moveListing } from '../../../flow/publish-listing.ts';
import { readFeedState } from '../../../flow/read-feed-state.ts';
import { readOwnListing, readOwnListings } from '../../../flow/read-listings.ts';
import { html } from '../../../web/html.ts';
import type { Page } from '../../../web/page.ts';
import { confirmPage } from '../../../web/pages/desk/confirm.ts';
import { deskListingPage } from '../../../web/pages/desk/listing.ts';
import { listingPreviewPage } from '../../../web/pages/desk/listing-preview.ts';
import { listingsPage } from '../../../web/pages/desk/listings.ts';
import { EMPTY_FORM, type FormState } from '../../../web/parts/form.ts';
import type { Viewer } from '../../../web/viewer.ts';
import { fromCursor, toCursor } from '../../cursor.ts';
import { presentFeedState } from '../../present/feed-state.ts';
import { presentListing } from '../../present/listing.ts';
import { asGivenProofs } from '../../read-proofs.ts';
import type { PageDeps } from '../deps.ts';
import { readForm, refused } from '../form.ts';
import { readListingView } from '../listing.ts';
import { GoTo, pageRouter } from '../page-router.ts';
import { whenReady } from './when-ready.ts';

const PAGE = 25;

/** A seller's listings, and each of them. */
export function listingPages(deps: PageDeps): Router {
  const { prisma, origin, keys } = deps;
  const pages = pageRouter(deps);

  pages.seller.get('/desk/listings', async ({ query, sellerId }) => {
    const after = query.cursor ? fromCursor(query.cursor) : undefined;
    if (after === null) return refuse('cursor-invalid', 'This page of the list is none.');
    const state = listingState.safeParse(query.state).data;
    const found = await readOwnListings(prisma, sellerId, { state, limit: PAGE, after });
    const sales = await countSales(
      prisma,
      found.listings.map(({ id }) => id),
    );
    return listingsPage({
      listings: found.listings.map((row) => ({
        listing: presentListing(row, origin(), keys),
        sales: sales.get(row.id) ?? 0,
      })),
      nextCursor: found.next && toCursor(found.next),
      query: said({ state, cursor: query.cursor }),
      nowMs: Date.now(),
    });
  });

  pages.seller.get('/desk/listings/:slug', ({ params, query, sellerId, viewer }) =>
    show(sellerId, params.slug!, viewer, { done: query.done }),
  );

  for (const [to, done] of [
    ['publish', 'published'],
    ['unlist', 'unlisted'],
    ['withdraw', 'withdrawn'],
  ] as const satisfies [ListingMove, string][]) {
    pages.seller.post(`/desk/listings/:slug/${to}`, async ({ form, params, sellerId, viewer }) => {
      const slug = params.slug!;
      const moved = await whenReady(() => moveListing(prisma, sellerId, slug, to));
      if (!isRefusal(moved)) return new GoTo(`/desk/listings/${slug}?done=${done}`);
      return show(sellerId, slug, viewer, { form: refused(moved, form) });
    });
  }

  pages.seller.get('/desk/listings/:slug/withdraw', async ({ params, sellerId, viewer }) => {
    const row = await readOwnListing(prisma, sellerId, params.slug!);
    return row && confirmPage({ ...withdrawal(row.slug, row.title), form: EMPTY_FORM }, viewer);
  });

  pages.seller.get('/desk/listings/:slug/preview', async ({ params, sellerId, viewer }) => {
    const row = await readOwnListing(prisma, sellerId, params.slug!);
    return row && listingPreviewPage(await readListingView(deps, row), viewer);
  });

  pages.seller.post('/desk/listings/:slug/ownership', async (visit) => {
    const { form, params, sellerId, viewer } = visit;
    const slug = params.slug!;
    const read = readForm(ownershipProofs, { proofs: proofsIn(form) }, form, ([, at, name]) =>
      name === undefined ? '' : `${String(name)}-${String(at)}`,
    );
    if ('faults' in read) return show(sellerId, slug, viewer, { form: read });
    const refusal = await proveOwnership(deps, sellerId, slug, asGivenProofs(read.data));
    if (!refusal) return new GoTo(`/desk/listings/${slug}?done=proved`);
    return show(sellerId, slug, viewer, { form: refused(refusal, form) });
  });

  async function show(
    sellerId: string,
    slug: string,
    viewer: Viewer,
    more: { done?: string | undefined; form?: FormState },
  ): Promise<Page | null> {
    const row = await readOwnListing(prisma, sellerId, slug);
    const state = row && (await readFeedState(deps, sellerId, slug));
    if (!row || !state || isRefusal(state)) return null;
    const listing = presentListing(row, origin(), keys);
    const sales = (await countSales(prisma, [row.id])).get(row.id) ?? 0;
    const feed = presentFeedState(state);
    return deskListingPage({ listing, feed, sales, nowMs: Date.now(), ...more }, viewer);
  }

  return pages.router;
}

function withdrawal(slug: string, title: string) {
  return {
    desk: 'listings' as const,
    title: 'Withdraw this listing',
    says: html`<p>“${title}” is taken off sale <strong>for good</strong>, and its address is not used again. Buyers keep the access that they have paid for, to its end. To stop sales for a while, take it off the lists instead.</p>`,
    action: `/desk/listings/${slug}/withdraw`,
    button: 'Withdraw it for good',
    isDangerous: true,
    back: `/desk/listings/${slug}`,
  };
}

function proofsIn(form: Record<string, string>) {
  return [0, 1].flatMap((at) => {
    const [coreKey, signature = '', manifest = ''] = ['core', 'signature', 'manifest'].map((name) =>
      form[`${name}-${at}`]?.trim(),
    );
    if (!coreKey) return [];
    return [{ coreKey, signature, ...(manifest && { manifest }) }];
  });
}

function said(query: { state: ListingState | undefined; cursor: string | undefined }) {
  return {
    ...(query.state !== undefined && { state: query.state }),
    ...(query.cursor !== undefined && { cursor: query.cursor }),
  };
}
