import { Router } from 'express';
import * as operations from '../../contract/operations/seller-listings.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { createListing, publishListing } from '../../flow/publish-listing.ts';
import { readOwnListings } from '../../flow/read-listings.ts';
import { operate } from '../../http/operate.ts';
import type { Prisma } from '../../prisma/client/client.ts';
import type { ServerDeps } from '../deps.ts';
import { presentListing } from '../present.ts';

export function sellerListingRoutes({ prisma, authenticate }: ServerDeps): Router {
  const router = Router();

  operate(router, operations.listOwnListings, authenticate, async ({ caller }) => {
    const listings = await readOwnListings(prisma, caller.sellerId);
    return { listings: listings.map(presentListing) };
  });

  operate(router, operations.createListing, authenticate, async ({ caller, body, res }) => {
    const { blockSchema, plans, sourceUrl, ...listing } = body;
    const created = await createListing(prisma, caller.sellerId, {
      ...listing,
      sourceUrl: sourceUrl ?? null,
      blockSchema: blockSchema as Prisma.InputJsonObject,
      plans: plans.map((plan) => ({
        ...plan,
        priceMsat: BigInt(plan.priceMsat),
        periodMs: plan.periodMs === undefined ? null : BigInt(plan.periodMs),
      })),
    });
    if (isRefusal(created)) return created;
    res.location(`/v1/listings/${listing.slug}`);
    return readOwn(caller.sellerId, listing.slug);
  });

  operate(router, operations.publishListing, authenticate, async ({ caller, params }) => {
    const published = await publishListing(prisma, caller.sellerId, params.slug);
    return isRefusal(published) ? published : readOwn(caller.sellerId, params.slug);
  });

  async function readOwn(sellerId: string, slug: string) {
    const [row] = await readOwnListings(prisma, sellerId, slug);
    if (!row) throw new Error(`listing ${slug} is gone`);
    return presentListing(row);
  }

  return router;
}
