import { z } from 'zod';
import { listing, newListing } from '../listing.ts';
import { operation } from '../operation.ts';
import { slug } from '../primitives.ts';

const bySlug = z.object({ slug });

export const listOwnListings = operation({
  id: 'listOwnListings',
  method: 'get',
  path: '/v1/seller/listings',
  tag: 'Listings',
  summary: 'Your listings, drafts too',
  access: 'read',
  success: {
    status: 200,
    description: 'All of them, newest first.',
    body: z.object({ listings: z.array(listing) }),
  },
});

export const createListing = operation({
  id: 'createListing',
  method: 'post',
  path: '/v1/seller/listings',
  tag: 'Listings',
  summary: 'Write a listing with its feed, as a draft',
  access: 'listings',
  body: newListing,
  bodyLimitBytes: 256 * 1024,
  success: {
    status: 201,
    description: 'The draft. The seeder gives its feed a core within seconds.',
    body: listing,
    headers: { Location: 'Where the listing is.' },
  },
  refusals: ['slug-taken', 'plan-named-twice'],
});

export const publishListing = operation({
  id: 'publishListing',
  method: 'post',
  path: '/v1/seller/listings/{slug}/publish',
  tag: 'Listings',
  summary: 'Put a listing on sale',
  access: 'listings',
  params: bySlug,
  success: { status: 200, description: 'The listing, live.', body: listing },
  refusals: ['listing-not-found', 'listing-withdrawn', 'feed-not-ready'],
});

export const sellerListingOperations = [listOwnListings, createListing, publishListing];
