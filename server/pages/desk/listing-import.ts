import { randomUUID } from 'node:crypto';
import type { Router } from 'express';
import { cardImport } from '../../../contract/index.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { createListing } from '../../../flow/create-listing.ts';
import { importCardPage } from '../../../web/pages/desk/listing-import.ts';
import { listingOfCard } from '../../read-card.ts';
import { asDraft } from '../../read-listing-body.ts';
import type { PageDeps } from '../deps.ts';
import { readForm, refused } from '../form.ts';
import { GoTo, pageRouter } from '../page-router.ts';
import { asOnce } from './listing-once.ts';

/** Making a draft out of a card. */
export function listingImportPages(deps: PageDeps): Router {
  const pages = pageRouter(deps);

  pages.seller.get('/desk/listings/import', ({ viewer }) =>
    importCardPage({ values: { key: randomUUID() }, faults: {} }, viewer),
  );

  pages.seller.post('/desk/listings/import', async ({ form, sellerId, viewer }) => {
    const card = jsonIn(form.card ?? '');
    if (card === undefined) {
      return importCardPage({ values: form, faults: { card: 'This is not JSON.' } }, viewer);
    }
    const slug = form.slug?.trim() || undefined;
    const licence = form.licence?.trim() || undefined;
    const read = readForm(cardImport, { card, slug, licence }, form);
    if ('faults' in read) return importCardPage(read, viewer);
    const listing = listingOfCard(read.data);
    if (isRefusal(listing)) return importCardPage(refused(listing, form, 'card'), viewer);
    const once = asOnce(sellerId, form.key ?? '', listing);
    const created = await createListing(deps, sellerId, asDraft(listing), once);
    if (!isRefusal(created)) return new GoTo(`/desk/listings/${listing.slug}`);
    const field = created.refused === 'slug-taken' ? 'slug' : '';
    return importCardPage(refused(created, { ...form, key: randomUUID() }, field), viewer);
  });

  return pages.router;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
