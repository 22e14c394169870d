import { Router } from 'express';
import * as operations from '../../contract/operations/cards.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { createListing } from '../../flow/create-listing.ts';
import { makeCard } from '../../flow/make-card.ts';
import { readListing, readOwnListing } from '../../flow/read-listings.ts';
import { operate } from '../../http/operate.ts';
import type { ServerDeps } from '../deps.ts';
import { etagOf } from '../if-match.ts';
import { presentListing } from '../present/listing.ts';
import { listingOfCard } from '../read-card.ts';
import { asDraft } from '../read-listing-body.ts';

const REVALIDATE = 'public, no-cache';

export function cardRoutes({ prisma, authenticate, origin, keys, network }: ServerDeps): Router {
  const router = Router();

  operate(router, operations.readCard, authenticate, async ({ params: { slug }, res }) => {
    const row = await readListing(prisma, slug);
    if (!row) return refuse('listing-not-found', `There is no listing "${slug}".`);
    if (row.state === 'withdrawn') {
      return refuse('listing-withdrawn', `"${slug}" was withdrawn: nothing is offered any more.`);
    }
    res.setHeader('Cache-Control', REVALIDATE);
    return makeCard({ prisma, keys, network, origin: origin() }, row);
  });

  operate(router, operations.importCard, authenticate, async (call) => {
    const { body, caller, idempotency, res } = call;
    const listing = listingOfCard(body);
    if (isRefusal(listing)) return listing;
    const created = await createListing(
      { prisma, keys },
      caller.sellerId,
      asDraft(listing),
      idempotency,
    );
    if (isRefusal(created)) return created;
    const row = await readOwnListing(prisma, caller.sellerId, listing.slug);
    if (!row) throw new Error(`listing ${listing.slug} is gone`);
    res.location(`/v1/seller/listings/${listing.slug}`);
    res.setHeader('ETag', etagOf(row.version));
    return presentListing(row, origin(), keys);
  });

  return router;
}
