import { Router } from 'express';
import type { Market } from '../../contract/index.ts';
import { readSeeders } from '../../flow/read-seeders.ts';
import type { ServerDeps } from '../deps.ts';

export function marketRoutes({ prisma, name, network }: ServerDeps): Router {
  const router = Router();
  // For whoever opens the address in a browser.
  router.get('/', (_req, res) => {
    res.json({ name, network, market: '/v1/market', listings: '/v1/listings' });
  });

  router.get('/v1/market', async (_req, res) => {
    const market: Market = { name, network, swarm: await readSeeders(prisma) };
    res.json(market);
  });
  return router;
}
