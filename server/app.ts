import express, { type Express } from 'express';
import { notFound, problemHandler } from '../http/problem.ts';
import type { ServerDeps } from './deps.ts';
import { appendRoutes } from './routes/append.ts';
import { healthRoutes } from './routes/health.ts';
import { listingRoutes } from './routes/listings.ts';
import { marketRoutes } from './routes/market.ts';
import { orderRoutes } from './routes/orders.ts';
import { sellerListingRoutes } from './routes/seller-listings.ts';

export function buildApp(deps: ServerDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use((_req, res, next) => {
    res.setHeader('X-Content-Type-Options', 'nosniff');
    next();
  });
  app.use(healthRoutes(deps));
  app.use(marketRoutes(deps));
  app.use(listingRoutes(deps));
  app.use(orderRoutes(deps));
  app.use(sellerListingRoutes(deps));
  app.use(appendRoutes(deps));
  app.use(notFound);
  app.use(problemHandler(deps.log));
  return app;
}
