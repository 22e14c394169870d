import { Router } from 'express';
import type { Market } from '../../contract/index.ts';
import { readSeeders } from '../../flow/read-seeders.ts';
import type { ServerDeps } from '../deps.ts';

export function marketRoutes({ prisma, name, network }: ServerDeps): Router {
  const router = Router();
  router.get('/v1/market', async (_req, res) => {
    const market: Market = { name, network, swarm: await readSeeders(prisma) };
    res.json(market);
  });
  return router;
}
