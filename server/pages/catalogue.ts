import type { Router } from 'express';
import { listingQuery } from '../../contract/index.ts';
import { searchListings } from '../../flow/search-listings.ts';
import { cataloguePage } from '../../web/pages/catalogue.ts';
import { presentListing } from '../present/listing.ts';
import { asSearch } from '../read-search.ts';
import type { PageDeps } from './deps.ts';
import { pageRouter } from './page-router.ts';

export function cataloguePages(deps: PageDeps): Router {
  const { prisma, origin, keys } = deps;
  const pages = pageRouter(deps);

  pages.get('/', 'searches', async ({ query, viewer }) => {
    const search = asSearch(listingQuery.parse(query));
    const { listings } = await searchListings(prisma, { ...search, after: undefined });
    return cataloguePage(
      { listings: listings.map((row) => presentListing(row, origin(), keys)) },
      viewer,
    );
  });

  return pages.router;
}
