import { Router } from 'express';
import { type ListingPage, listingQuery, uuid } from '../../contract/index.ts';
import { readListing, readListings } from '../../flow/read-listings.ts';
import { sendProblem } from '../../http/problem.ts';
import type { ServerDeps } from '../deps.ts';
import { presentListing } from '../present.ts';

export function listingRoutes({ prisma }: ServerDeps): Router {
  const router = Router();

  router.get('/v1/listings', async (req, res) => {
    const { q, tag, limit, cursor } = listingQuery.parse(req.query);
    const after = cursor === undefined ? undefined : fromCursor(cursor);
    if (after === null) {
      return sendProblem(res, 400, 'invalid', 'The cursor is none that a page of listings gave.');
    }
    const { listings, next } = await readListings(prisma, { text: q, tag, limit, after });
    const page: ListingPage = {
      listings: listings.map(presentListing),
      nextCursor: next && toCursor(next),
    };
    res.json(page);
  });

  router.get('/v1/listings/:slug', async (req, res) => {
    const listing = await readListing(prisma, req.params.slug);
    if (!listing) {
      return sendProblem(
        res,
        404,
        'listing-not-found',
        `There is no listing "${req.params.slug}".`,
      );
    }
    res.json(presentListing(listing));
  });

  return router;
}

function toCursor(id: string): string {
  return Buffer.from(id).toString('base64url');
}

function fromCursor(cursor: string): string | null {
  return uuid.safeParse(Buffer.from(cursor, 'base64url').toString()).data ?? null;
}
