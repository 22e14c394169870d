import { type Response, Router } from 'express';
import * as operations from '../../contract/operations/seller-listings.ts';
import type { ListingMove } from '../../domain/listing.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { changeListing } from '../../flow/change-listing.ts';
import { createListing } from '../../flow/create-listing.ts';
import { moveListing } from '../../flow/publish-listing.ts';
import { readOwnListing, readOwnListings } from '../../flow/read-listings.ts';
import { operate } from '../../http/operate.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import type { ServerDeps } from '../deps.ts';
import { etagOf, versionsIn } from '../if-match.ts';
import { presentListing } from '../present/listing.ts';
import { asDraft, asEdit } from '../read-listing-body.ts';

const MOVES = [
  [operations.publishListing, 'publish'],
  [operations.unlistListing, 'unlist'],
  [operations.withdrawListing, 'withdraw'],
] as const satisfies [unknown, ListingMove][];

export function sellerListingRoutes({ prisma, authenticate, origin, keys }: ServerDeps): Router {
  const router = Router();

  operate(router, operations.listOwnListings, authenticate, async ({ caller, query }) => {
    const { cursor, ...filter } = query;
    const after = cursor === undefined ? undefined : fromCursor(cursor);
    if (after === null) {
      return refuse('cursor-invalid', 'The cursor is none that a page of your listings gave.');
    }
    const found = await readOwnListings(prisma, caller.sellerId, { ...filter, after });
    return {
      listings: found.listings.map((row) => presentListing(row, origin(), keys)),
      nextCursor: found.next && toCursor(found.next),
    };
  });

  operate(router, operations.createListing, authenticate, async (call) => {
    const { body, caller, idempotency, res } = call;
    const created = await createListing(
      { prisma, keys },
      caller.sellerId,
      asDraft(body),
      idempotency,
    );
    if (isRefusal(created)) return created;
    res.location(`/v1/seller/listings/${body.slug}`);
    return answer(res, caller.sellerId, body.slug);
  });

  operate(router, operations.readOwnListing, authenticate, async ({ caller, params, res }) =>
    answer(res, caller.sellerId, params.slug),
  );

  operate(router, operations.changeListing, authenticate, async (call) => {
    const { body, caller, headers, params, res } = call;
    const ifMatch = headers['if-match'];
    if (ifMatch === undefined) {
      return refuse(
        'if-match-missing',
        'Send If-Match with the ETag of the listing you have seen.',
      );
    }
    const versions = versionsIn(ifMatch);
    const edit = asEdit(body);
    const changed = await changeListing(prisma, caller.sellerId, params.slug, versions, edit);
    return isRefusal(changed) ? changed : answer(res, caller.sellerId, params.slug);
  });

  for (const [operation, to] of MOVES) {
    operate(router, operation, authenticate, async ({ caller, params, res }) => {
      const moved = await moveListing(prisma, caller.sellerId, params.slug, to);
      return isRefusal(moved) ? moved : answer(res, caller.sellerId, params.slug);
    });
  }

  async function answer(res: Response, sellerId: string, slug: string) {
    const row = await readOwnListing(prisma, sellerId, slug);
    if (!row) return refuse('listing-not-found', `You have no listing "${slug}".`);
    // The tag counts what the seller changes; lengths of the feed change without it, so nobody may keep the answer.
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('ETag', etagOf(row.version));
    return presentListing(row, origin(), keys);
  }

  return router;
}
