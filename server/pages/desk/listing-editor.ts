import { randomUUID } from 'node:crypto';
import type { Router } from 'express';
import { type Listing, listingChange, newListing } from '../../../contract/index.ts';
import { isRefusal, type Refusal, type RefusalCode } from '../../../domain/refusal.ts';
import { changeListing } from '../../../flow/change-listing.ts';
import { createListing } from '../../../flow/create-listing.ts';
import { readCurrencies } from '../../../flow/read-currencies.ts';
import { readOwnListing } from '../../../flow/read-listings.ts';
import { readTerms } from '../../../flow/read-terms.ts';
import { listingEditorPage } from '../../../web/pages/desk/listing-editor.ts';
import type { EditorView } from '../../../web/pages/desk/listing-editor-view.ts';
import type { FormState } from '../../../web/parts/form.ts';
import { presentListing } from '../../present/listing.ts';
import { asDraft, asEdit } from '../../read-listing-body.ts';
import type { PageDeps } from '../deps.ts';
import { readForm } from '../form.ts';
import { GoTo, pageRouter } from '../page-router.ts';
import { pressButton } from './listing-buttons.ts';
import { differences } from './listing-differences.ts';
import { type ListingInput, readListingForm } from './listing-input.ts';
import { asOnce } from './listing-once.ts';
import { listingValues, newListingValues } from './listing-values.ts';

type Values = Record<string, string>;

/** Writing and changing a listing. Whatever is wrong, what was typed stays in the form. */
export function listingEditorPages(deps: PageDeps): Router {
  const { prisma, origin, keys } = deps;
  const pages = pageRouter(deps);

  pages.seller.get('/desk/listings/new', async ({ viewer }) => {
    const values = newListingValues(randomUUID());
    return listingEditorPage(await view(null, { values, faults: {} }), viewer);
  });

  pages.seller.post('/desk/listings/new', async ({ form, sellerId, viewer }) => {
    const pressed = form.do ?? 'save';
    const show = async (state: FormState) =>
      listingEditorPage(await view(null, state, pressed), viewer);
    if (pressed !== 'save') return show(pressButton(form, pressed));
    const input = readListingForm(form);
    const values = { ...form, slug: input.slug };
    const { terms, sourceUrl, ...rest } = input.common;
    const body = { ...rest, slug: input.slug, feed: input.feed, ...given({ terms, sourceUrl }) };
    const read = readForm(newListing, body, values, input.fieldOf);
    if ('faults' in read) return show(withFaults(read, input));
    if (hasFaults(input)) return show({ values, faults: input.faults });
    const draft = asDraft(read.data);
    const once = asOnce(sellerId, form.key ?? '', read.data);
    const created = await createListing(deps, sellerId, draft, once);
    if (!isRefusal(created)) return new GoTo(`/desk/listings/${input.slug}`);
    // A form that has made a listing already, and was changed since, makes another one.
    const key = created.refused === 'idempotency-key-reused' ? randomUUID() : (form.key ?? '');
    return show(refusedAt(created, { ...values, key }));
  });

  pages.seller.get('/desk/listings/:slug/edit', async ({ params, sellerId, viewer }) => {
    const found = await read(sellerId, params.slug!);
    if (!found) return null;
    const values = listingValues(found.listing, found.terms);
    return listingEditorPage(await view(found.listing, { values, faults: {} }), viewer);
  });

  pages.seller.post('/desk/listings/:slug/edit', async ({ form, params, sellerId, viewer }) => {
    const pressed = form.do ?? 'save';
    const found = await read(sellerId, params.slug!);
    if (!found) return null;
    const { listing } = found;
    const show = async (state: FormState, conflict: EditorView['conflict'] = null) =>
      listingEditorPage({ ...(await view(listing, state, pressed)), conflict }, viewer);
    if (pressed !== 'save') return show(pressButton(form, pressed));
    const input = readListingForm(form);
    const parsed = readForm(listingChange, input.common, form, input.fieldOf);
    if ('faults' in parsed) return show(withFaults(parsed, input));
    if (hasFaults(input)) return show({ values: form, faults: input.faults });
    const versions = [Number(form.version)];
    const edit = asEdit(parsed.data);
    const changed = await changeListing(prisma, sellerId, listing.slug, versions, edit);
    if (!isRefusal(changed)) return new GoTo(`/desk/listings/${listing.slug}?done=saved`);
    if (changed.refused !== 'listing-changed') return show(refusedAt(changed, form));
    const now = listingValues(listing, found.terms);
    const values = { ...form, version: now.version! };
    const page = await show({ values, faults: {} }, differences(form, now));
    return { ...page, status: 409 };
  });

  async function view(
    listing: Listing | null,
    form: FormState,
    pressed: string | null = null,
  ): Promise<EditorView> {
    return { listing, form, pressed, currencies: await readCurrencies(prisma), conflict: null };
  }

  async function read(sellerId: string, slug: string) {
    const row = await readOwnListing(prisma, sellerId, slug);
    if (!row) return null;
    const terms = row.termsHash && (await readTerms(prisma, row.termsHash));
    return { listing: presentListing(row, origin(), keys), terms: terms?.text ?? null };
  }

  return pages.router;
}

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

function hasFaults({ faults }: ListingInput): boolean {
  return Object.keys(faults).length > 0;
}

// The form's own words come first: they know what was typed.
function withFaults(state: FormState, { faults }: ListingInput): FormState {
  return { ...state, faults: { ...state.faults, ...faults } };
}

const FIELD_OF: Partial<Record<RefusalCode, string>> = {
  'slug-taken': 'slug',
  'block-schema-invalid': 'schemaJson',
  'plan-named-twice': 'plan-0-name',
  'plan-history': 'plan-0-history',
  'currency-unsupported': 'plan-0-currency',
  'core-taken': 'coreData',
};

function refusedAt({ refused, detail }: Refusal, values: Values): FormState {
  const name = FIELD_OF[refused] ?? '';
  const isThere = name !== 'schemaJson' || values.schemaMode === 'json';
  return { values, faults: { [isThere ? name : '']: detail } };
}
