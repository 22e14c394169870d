import { Router } from 'express';
import type { Draining } from './draining.ts';

/** `/healthz` and `/readyz` for load balancers in front of something that has no parts to tell of. */
export function healthRoutes(draining: Draining): Router {
  const router = Router();
  router.get('/healthz', (_req, res) => void res.json({ ok: true }));
  router.get('/readyz', (_req, res) => {
    const ok = !draining.begun;
    res
      .status(ok ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({ ok, draining: draining.begun });
  });
  return router;
}
