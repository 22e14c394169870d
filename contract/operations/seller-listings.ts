import { z } from 'zod';
import { listing, listingChange, newListing, ownListingPage, ownListingQuery } from '../listing.ts';
import { operation } from '../operation.ts';
import { slug } from '../primitives.ts';

const LIMIT_BYTES = 256 * 1024;

const bySlug = z.object({ slug });
const version = { ETag: 'The listing’s version, for If-Match.' };

export const listOwnListings = operation({
  id: 'listOwnListings',
  method: 'get',
  path: '/v1/seller/listings',
  tag: 'Listings',
  summary: 'Your listings, drafts too',
  access: 'read',
  query: ownListingQuery,
  success: { status: 200, description: 'A page of them, newest first.', body: ownListingPage },
  refusals: ['cursor-invalid'],
});

export const createListing = operation({
  id: 'createListing',
  method: 'post',
  path: '/v1/seller/listings',
  tag: 'Listings',
  summary: 'Write a listing with its feed, as a draft',
  access: 'listings',
  idempotency: 'optional',
  body: newListing,
  bodyLimitBytes: LIMIT_BYTES,
  success: {
    status: 201,
    description: 'The draft. The seeder gives its feed a core within seconds.',
    body: listing,
    headers: { Location: 'Where it is for its seller.', ...version },
  },
  refusals: [
    'slug-taken',
    'too-many-listings',
    'plan-named-twice',
    'plan-history',
    'currency-unsupported',
    'block-schema-invalid',
    'core-taken',
  ],
});

export const readOwnListing = operation({
  id: 'readOwnListing',
  method: 'get',
  path: '/v1/seller/listings/{slug}',
  tag: 'Listings',
  summary: 'A listing of yours, in whatever state',
  access: 'read',
  params: bySlug,
  success: { status: 200, description: 'The listing.', body: listing, headers: version },
  refusals: ['listing-not-found'],
});

export const changeListing = operation({
  id: 'changeListing',
  method: 'patch',
  path: '/v1/seller/listings/{slug}',
  tag: 'Listings',
  summary: 'Change a listing',
  description:
    'JSON merge semantics (RFC 7396), but that `blockSchema` and `plans` are replaced whole. Access that was bought, and orders that are open, stay as they are. Other terms of use or another licence have to be accepted by orders from now on.',
  access: 'listings',
  params: bySlug,
  headers: z.object({
    'if-match': z.string().max(200).optional().meta({
      description:
        'The ETag of the version that the change is for; `*` for any. It has to be sent.',
      example: '"3"',
    }),
  }),
  body: listingChange,
  bodyLimitBytes: LIMIT_BYTES,
  success: { status: 200, description: 'The listing, changed.', body: listing, headers: version },
  refusals: [
    'listing-not-found',
    'if-match-missing',
    'listing-changed',
    'listing-withdrawn',
    'plan-named-twice',
    'plan-history',
    'currency-unsupported',
    'block-schema-invalid',
  ],
});

export const publishListing = operation({
  id: 'publishListing',
  method: 'post',
  path: '/v1/seller/listings/{slug}/publish',
  tag: 'Listings',
  summary: 'Put a listing on sale',
  access: 'listings',
  params: bySlug,
  success: { status: 200, description: 'The listing, live.', body: listing, headers: version },
  refusals: ['listing-not-found', 'listing-withdrawn', 'feed-not-ready', 'ownership-unproved'],
});

export const unlistListing = operation({
  id: 'unlistListing',
  method: 'post',
  path: '/v1/seller/listings/{slug}/unlist',
  tag: 'Listings',
  summary: 'Take a listing off the lists',
  description: 'Whoever knows its address can still see and buy it.',
  access: 'listings',
  params: bySlug,
  success: { status: 200, description: 'The listing, unlisted.', body: listing, headers: version },
  refusals: ['listing-not-found', 'listing-withdrawn', 'listing-state'],
});

export const withdrawListing = operation({
  id: 'withdrawListing',
  method: 'post',
  path: '/v1/seller/listings/{slug}/withdraw',
  tag: 'Listings',
  summary: 'Withdraw a listing for good',
  description: 'It is sold no more, and never again. Access that was bought goes on to its end.',
  access: 'listings',
  params: bySlug,
  success: { status: 200, description: 'The listing, withdrawn.', body: listing, headers: version },
  refusals: ['listing-not-found'],
});

export const sellerListingOperations = [
  listOwnListings,
  createListing,
  readOwnListing,
  changeListing,
  publishListing,
  unlistListing,
  withdrawListing,
];
