import { z } from 'zod';
import { listing, listingPage, listingQuery } from '../listing.ts';
import { operation } from '../operation.ts';
import { listingPreview } from '../preview.ts';
import { hex32, slug } from '../primitives.ts';
import { terms } from '../terms.ts';

const bySlug = z.object({ slug });
const conditional = z.object({ 'if-none-match': z.string().max(200).optional() });
const unchanged = { 304: 'It is the one that If-None-Match names.' };
const etag = { ETag: 'Changes when the answer does.' };

export const searchListings = operation({
  id: 'searchListings',
  method: 'get',
  path: '/v1/listings',
  tag: 'Listings',
  summary: 'Find listings that are on sale',
  description:
    'Pages go on at `nextCursor`, with the same filters and the same order: a cursor fits no others.',
  access: 'public',
  limit: 'searches',
  query: listingQuery,
  success: { status: 200, description: 'A page of them.', body: listingPage },
  refusals: ['cursor-invalid'],
});

export const readListing = operation({
  id: 'readListing',
  method: 'get',
  path: '/v1/listings/{slug}',
  tag: 'Listings',
  summary: 'A listing',
  access: 'public',
  params: bySlug,
  headers: conditional,
  success: {
    status: 200,
    description: 'The listing, also when it is unlisted or withdrawn.',
    body: listing,
    headers: etag,
    also: unchanged,
  },
  refusals: ['listing-not-found'],
});

export const previewListing = operation({
  id: 'previewListing',
  method: 'get',
  path: '/v1/listings/{slug}/preview',
  tag: 'Listings',
  summary: 'The blocks of a listing that anybody may see',
  access: 'public',
  params: bySlug,
  headers: conditional,
  success: {
    status: 200,
    description: 'No more of them than the listing’s `preview` says, as they were lately.',
    body: listingPreview,
    headers: etag,
    also: unchanged,
  },
  refusals: ['listing-not-found', 'listing-withdrawn'],
});

export const readTerms = operation({
  id: 'readTerms',
  method: 'get',
  path: '/v1/terms/{hash}',
  tag: 'Listings',
  summary: 'One version of terms of use and licence',
  access: 'public',
  params: z.object({ hash: hex32 }),
  headers: conditional,
  success: {
    status: 200,
    description: 'It never changes, and may be kept for ever.',
    body: terms,
    headers: { ...etag, 'Cache-Control': 'Immutable.' },
    also: unchanged,
  },
  refusals: ['terms-not-found'],
});

export const listingOperations = [searchListings, readListing, previewListing, readTerms];
