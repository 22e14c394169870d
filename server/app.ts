import type { Express } from 'express';
import { serverOperations } from '../contract/operations/index.ts';
import { frame } from '../http/frame.ts';
import type { ServerDeps } from './deps.ts';
import { accountRoutes } from './routes/accounts.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { appendRoutes } from './routes/append.ts';
import { healthRoutes } from './routes/health.ts';
import { listingRoutes } from './routes/listings.ts';
import { lnurlAuthRoutes } from './routes/lnurl-auth.ts';
import { marketRoutes } from './routes/market.ts';
import { orderRoutes } from './routes/orders.ts';
import { payoutRoutes } from './routes/payouts.ts';
import { sellerListingRoutes } from './routes/seller-listings.ts';
import { sameOrigin } from './same-origin.ts';
import { sessions } from './session.ts';

export function buildApp(deps: ServerDeps): Express {
  return frame({ ...deps, operations: serverOperations }, (authenticate) => {
    const known = { ...deps, authenticate };
    return [
      healthRoutes(known),
      sameOrigin(deps.origin),
      sessions(deps),
      marketRoutes(known),
      listingRoutes(known),
      orderRoutes(known),
      sellerListingRoutes(known),
      appendRoutes(known),
      payoutRoutes(known),
      accountRoutes(known),
      lnurlAuthRoutes(known),
      apiKeyRoutes(known),
    ];
  });
}
