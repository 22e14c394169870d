import { Router } from 'express';
import { readSeeders } from '../../flow/read-seeders.ts';
import type { ServerDeps } from '../deps.ts';

const CHECK_TIMEOUT_MS = 3_000;

/** `/healthz`: this process lives. `/readyz`: it can sell, part by part; 503 when any part is missing. */
export function healthRoutes({ prisma, lightning }: ServerDeps): Router {
  const router = Router();

  router.get('/healthz', (_req, res) => {
    res.json({ ok: true });
  });

  router.get('/readyz', async (_req, res) => {
    const checks = {
      database: prisma.$queryRaw`SELECT 1`.then(() => true),
      node: lightning.nodeKey().then(() => true),
      seeder: readSeeders(prisma).then(({ seeders }) => seeders.length > 0),
    };
    const parts = Object.fromEntries(
      await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await holds(check)]),
      ),
    );
    const ok = Object.values(parts).every(Boolean);
    res.status(ok ? 200 : 503).json({ ok, parts });
  });

  return router;
}

async function holds(check: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false);
  });
  const held = await Promise.race([check.catch(() => false), late]);
  clearTimeout(timer);
  return held;
}
