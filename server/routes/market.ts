import { Router } from 'express';
import type { Market } from '../../contract/index.ts';
import { nowMs } from '../../flow/clock.ts';
import { readSeeders } from '../../flow/read-seeders.ts';
import type { ServerDeps } from '../deps.ts';

export function marketRoutes({ prisma, name, network, keys }: ServerDeps): Router {
  const router = Router();
  // For whoever opens the address in a browser.
  router.get('/', (_req, res) => {
    res.json({ name, network, market: '/v1/market', listings: '/v1/listings' });
  });

  router.get('/v1/market', async (_req, res) => {
    const publicKey = keys.signing.publicKey.toString('hex');
    const swarm = await readSeeders(prisma);
    const market: Market = { name, publicKey, nowMs: await nowMs(prisma), network, swarm };
    res.json(market);
  });
  return router;
}
