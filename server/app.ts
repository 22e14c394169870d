import type { Express } from 'express';
import { serverOperations } from '../contract/operations/index.ts';
import { frame } from '../http/frame.ts';
import type { ServerDeps } from './deps.ts';
import { openWebsite } from './pages/pages.ts';
import { accountRoutes } from './routes/accounts.ts';
import { analyticsRoutes } from './routes/analytics.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { cardRoutes } from './routes/cards.ts';
import { docsRoutes } from './routes/docs.ts';
import { feedRoutes } from './routes/feeds.ts';
import { healthRoutes } from './routes/health.ts';
import { listingRoutes } from './routes/listings.ts';
import { lnurlAuthRoutes } from './routes/lnurl-auth.ts';
import { marketRoutes } from './routes/market.ts';
import { messageRoutes } from './routes/messages.ts';
import { mirroredFeedRoutes } from './routes/mirrored-feeds.ts';
import { orderRoutes } from './routes/orders.ts';
import { payoutRoutes } from './routes/payouts.ts';
import { saleRoutes } from './routes/sales.ts';
import { sellerListingRoutes } from './routes/seller-listings.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { sameOrigin } from './same-origin.ts';
import { sessions } from './session.ts';

export async function buildApp(deps: ServerDeps): Promise<Express> {
  const website = await openWebsite(deps);
  return frame({ ...deps, operations: serverOperations }, (authenticate) => {
    const known = { ...deps, authenticate };
    return [
      healthRoutes(known),
      ...website.before,
      docsRoutes(known),
      sameOrigin(deps.origin),
      sessions(deps),
      marketRoutes(known),
      listingRoutes(known),
      cardRoutes(known),
      orderRoutes(known),
      saleRoutes(known),
      messageRoutes(known),
      analyticsRoutes(known),
      sellerListingRoutes(known),
      mirroredFeedRoutes(known),
      feedRoutes(known),
      payoutRoutes(known),
      webhookRoutes(known),
      accountRoutes(known),
      lnurlAuthRoutes(known),
      apiKeyRoutes(known),
      ...website.routes,
    ];
  });
}
