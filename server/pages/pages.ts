import compression from 'compression';
import type { RequestHandler } from 'express';
import { bundle } from '../../web/bundle.ts';
import type { ServerDeps } from '../deps.ts';
import { assetRoutes } from './assets.ts';
import { cataloguePages } from './catalogue.ts';
import { checkoutPages } from './checkout.ts';
import { csrfTokens } from './csrf.ts';
import type { PageDeps } from './deps.ts';
import { deskPages } from './desk/desk.ts';
import { listingDataPages } from './desk/listing-data.ts';
import { listingEditorPages } from './desk/listing-editor.ts';
import { listingImportPages } from './desk/listing-import.ts';
import { listingPages as deskListingPages } from './desk/listings.ts';
import { helpPages } from './help.ts';
import { listingPages } from './listing.ts';
import { loginPages } from './login.ts';
import { orderFormPages } from './order-form.ts';
import { pictureRoutes } from './pictures.ts';
import { problemPages } from './problem-pages.ts';
import { registerPages } from './register.ts';
import { shelfPages } from './shelf.ts';
import { shelfDataPages } from './shelf-data.ts';
import { shelfMessagePages } from './shelf-messages.ts';
import { openPages } from './shelf-open.ts';
import { shelfStreams } from './shelf-streams.ts';
import { siteFiles } from './site-files.ts';
import { sitemapRoutes } from './sitemap.ts';
import { walletPages } from './wallet.ts';
import { walletLoginPages } from './wallet-login.ts';

/** The website. `before` comes ahead of all routes, `routes` at their end. */
export interface Website {
  before: RequestHandler[];
  routes: RequestHandler[];
}

export async function openWebsite(deps: ServerDeps): Promise<Website> {
  const assets = await bundle();
  const csrf = csrfTokens(deps);
  const known: PageDeps = { ...deps, assets, csrf };
  return {
    before: [problemPages(known), assetRoutes(assets), csrf.cookies],
    routes: [
      compression({ filter: isPage }),
      siteFiles(known),
      sitemapRoutes(known),
      pictureRoutes(known),
      cataloguePages(known),
      helpPages(known),
      listingPages(known),
      orderFormPages(known),
      checkoutPages(known),
      loginPages(known),
      registerPages(known),
      openPages(known),
      shelfPages(known),
      shelfDataPages(known),
      shelfMessagePages(known),
      shelfStreams(known),
      walletLoginPages(known),
      listingEditorPages(known),
      listingDataPages(known),
      listingImportPages(known),
      deskListingPages(known),
      walletPages(known),
      deskPages(known),
    ],
  };
}

// A stream of events would be held back.
const isPage: compression.CompressionFilter = (_req, res) =>
  /^(text\/html|application\/xml)/.test(String(res.getHeader('Content-Type')));
