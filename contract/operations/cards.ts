import { z } from 'zod';
import { card, cardImport } from '../card.ts';
import { listing } from '../listing.ts';
import { operation } from '../operation.ts';
import { slug } from '../primitives.ts';

export const readCard = operation({
  id: 'readCard',
  method: 'get',
  path: '/v1/listings/{slug}/card',
  tag: 'Listings',
  summary: 'The Dazaar card of a listing, signed by the market',
  access: 'public',
  params: z.object({ slug }),
  headers: z.object({ 'if-none-match': z.string().max(200).optional() }),
  success: {
    status: 200,
    description: 'The card. Its address does not change.',
    body: card,
    headers: { ETag: 'Changes when the card does.' },
    also: { 304: 'It is the one that If-None-Match names.' },
  },
  refusals: ['listing-not-found', 'listing-withdrawn'],
});

export const importCard = operation({
  id: 'importCard',
  method: 'post',
  path: '/v1/seller/listings/import',
  tag: 'Listings',
  summary: 'Make a draft out of a Dazaar card',
  description:
    'Takes cards of this and other markets, and those of Dazaar 1 that are free or paid over Lightning. Provider, homepage and contact are those of your account. A signature that does not fit the card is refused; a card without one is taken.',
  access: 'listings',
  idempotency: 'optional',
  body: cardImport,
  bodyLimitBytes: 256 * 1024,
  success: {
    status: 201,
    description: 'The draft.',
    body: listing,
    headers: { Location: 'Where it is for its seller.', ETag: 'Its version, for If-Match.' },
  },
  refusals: [
    'card-unmappable',
    'slug-taken',
    'too-many-listings',
    'plan-named-twice',
    'plan-history',
    'currency-unsupported',
    'block-schema-invalid',
    'core-taken',
  ],
});

export const cardOperations = [readCard, importCard];
