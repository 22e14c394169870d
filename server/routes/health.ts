import { Router } from 'express';
import * as operations from '../../contract/operations/health.ts';
import { operate, SENT } from '../../http/operate.ts';
import type { ServerDeps } from '../deps.ts';
import { serverHealth } from '../health.ts';

/** `/healthz`: this process lives. `/readyz`: whether it takes requests, part by part; 503 when it does not. */
export function healthRoutes(deps: ServerDeps): Router {
  const router = Router();
  const health = serverHealth(deps);

  operate(router, operations.isAlive, deps.authenticate, async () => ({ ok: true as const }));

  operate(router, operations.isReady, deps.authenticate, async ({ res }) => {
    const report = await health.read();
    res.status(report.ok ? 200 : 503).json(report);
    return SENT;
  });

  return router;
}
