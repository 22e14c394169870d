import { Router } from 'express';
import { isMigrated } from '../../boot/context.ts';
import * as operations from '../../contract/operations/health.ts';
import { readSeeders } from '../../flow/read-seeders.ts';
import { operate, SENT } from '../../http/operate.ts';
import type { ServerDeps } from '../deps.ts';

const CHECK_TIMEOUT_MS = 3_000;

/** `/healthz`: this process lives. `/readyz`: it can sell, part by part; 503 when any part is missing. */
export function healthRoutes({ prisma, lightning, draining, authenticate }: ServerDeps): Router {
  const router = Router();

  operate(router, operations.isAlive, authenticate, async () => ({ ok: true as const }));

  operate(router, operations.isReady, authenticate, async ({ res }) => {
    const [database, migrations, node, seeder] = await Promise.all([
      holds(prisma.$queryRaw`SELECT 1`.then(() => true)),
      holds(isMigrated(prisma)),
      holds(lightning.nodeKey().then(() => true)),
      holds(readSeeders(prisma).then(({ seeders }) => seeders.length > 0)),
    ]);
    const ok = database && migrations && node && seeder && !draining.begun;
    res
      .status(ok ? 200 : 503)
      .json({ ok, draining: draining.begun, parts: { database, migrations, node, seeder } });
    return SENT;
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
