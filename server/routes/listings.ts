import { Router } from 'express';
import * as operations from '../../contract/operations/listings.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { readListing } from '../../flow/read-listings.ts';
import { readPreview } from '../../flow/read-preview.ts';
import { readTerms } from '../../flow/read-terms.ts';
import { recordView } from '../../flow/record-view.ts';
import { searchListings } from '../../flow/search-listings.ts';
import { operate } from '../../http/operate.ts';
import type { ServerDeps } from '../deps.ts';
import { presentListing } from '../present/listing.ts';
import { presentPreview } from '../present/preview.ts';
import { asSearch, nameOf } from '../read-search.ts';
import { searchCursors } from '../search-cursor.ts';

// Kept by whoever likes, but asked for again each time, which the ETag makes cheap.
const REVALIDATE = 'public, no-cache';
const IMMUTABLE = 'public, max-age=31536000, immutable';

export function listingRoutes(deps: ServerDeps): Router {
  const { prisma, authenticate, origin, keys } = deps;
  const router = Router();
  const cursors = searchCursors(keys);

  operate(router, operations.searchListings, authenticate, async ({ query }) => {
    const search = asSearch(query);
    const name = nameOf(search);
    const after = query.cursor === undefined ? undefined : cursors.read(query.cursor, name);
    if (after === null) {
      return refuse('cursor-invalid', 'The cursor is none that a page of this search gave.');
    }
    const { listings, next, tags } = await searchListings(prisma, { ...search, after });
    return {
      listings: listings.map((row) => presentListing(row, origin(), keys)),
      nextCursor: next && cursors.write(next, name),
      tags,
    };
  });

  operate(router, operations.readListing, authenticate, async ({ params: { slug }, req, res }) => {
    const listing = await readListing(prisma, slug);
    if (!listing) return refuse('listing-not-found', `There is no listing "${slug}".`);
    recordView(deps, listing.id, { address: req.ip ?? '', userAgent: req.get('user-agent') });
    res.setHeader('Cache-Control', REVALIDATE);
    return presentListing(listing, origin(), keys);
  });

  operate(router, operations.previewListing, authenticate, async ({ params, res }) => {
    const preview = await readPreview(prisma, params.slug);
    if (isRefusal(preview)) return preview;
    res.setHeader('Cache-Control', REVALIDATE);
    return presentPreview(preview);
  });

  operate(router, operations.readTerms, authenticate, async ({ params: { hash }, res }) => {
    const terms = await readTerms(prisma, Uint8Array.from(Buffer.from(hash, 'hex')));
    if (!terms) return refuse('terms-not-found', 'There are no terms with this hash.');
    res.setHeader('Cache-Control', IMMUTABLE);
    const { text, licence, createdAt } = terms;
    return { hash, text, licence, createdAtMs: createdAt.getTime() };
  });

  return router;
}
