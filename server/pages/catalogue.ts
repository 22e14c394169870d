import type { Router } from 'express';
import { nowMs } from '../../flow/clock.ts';
import { countListings, searchListings } from '../../flow/search-listings.ts';
import type { Catalogue } from '../../web/pages/catalogue/catalogue.ts';
import { cataloguePage, NOTHING_FOUND } from '../../web/pages/catalogue.ts';
import { presentListing } from '../present/listing.ts';
import { nameOf } from '../read-search.ts';
import { searchCursors } from '../search-cursor.ts';
import { readCatalogueQuery } from './catalogue-query.ts';
import type { PageDeps } from './deps.ts';
import { pageRouter } from './page-router.ts';

const COUNTED = 1_000;
const STALE_PAGE = 'That page of the results is no more. Start again from the first.';

export function cataloguePages(deps: PageDeps): Router {
  const { prisma, origin, keys } = deps;
  const pages = pageRouter(deps);
  const cursors = searchCursors(keys);

  pages.get('/', 'searches', async (visit) => {
    const { form, tags, search, cursor } = readCatalogueQuery(visit);
    const asked = { form, tags, nowMs: await nowMs(prisma) };
    if (!search) return cataloguePage({ ...NOTHING_FOUND, ...asked }, visit.viewer);
    const name = nameOf(search);
    const after = cursor === undefined ? undefined : cursors.read(cursor, name);
    if (after === null) {
      const faults = { after: STALE_PAGE };
      const stale = { ...NOTHING_FOUND, ...asked, form: { ...form, faults } };
      return cataloguePage(stale, visit.viewer);
    }
    const [found, count] = await Promise.all([
      searchListings(prisma, { ...search, after }),
      countListings(prisma, search, COUNTED),
    ]);
    const catalogue: Catalogue = {
      ...asked,
      listings: found.listings.map((row) => presentListing(row, origin(), keys)),
      facets: found.tags ?? [],
      count: { listings: count, isAll: count < COUNTED },
      isFirst: after === undefined,
      next: found.next && cursors.write(found.next, name),
    };
    return cataloguePage(catalogue, visit.viewer);
  });

  return pages.router;
}
