import { Router } from 'express';
import { openApiDocument } from '../../contract/openapi/document.ts';
import * as operations from '../../contract/operations/market.ts';
import { nowMs } from '../../flow/clock.ts';
import { readSeeders } from '../../flow/read-seeders.ts';
import { operate, SENT } from '../../http/operate.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { ServerDeps } from '../deps.ts';

export function marketRoutes(deps: ServerDeps): Router {
  const { prisma, name, network, keys, authenticate, origin, trialWorkBits } = deps;
  const router = Router();
  let document: Buffer | undefined;

  operate(router, operations.readMarket, authenticate, async () => {
    const publicKey = keys.signing.publicKey.toString('hex');
    const { gateways, ...swarm } = await readSeeders(prisma);
    const now = await nowMs(prisma);
    return { name, publicKey, nowMs: now, network, swarm, trialWorkBits, gateways };
  });

  operate(router, operations.readDocument, authenticate, async ({ res }) => {
    const { version } = packageJson;
    document ??= Buffer.from(JSON.stringify(openApiDocument({ name, version, origin: origin() })));
    res.setHeader('Cache-Control', 'public, max-age=60');
    res.type('json').send(document);
    return SENT;
  });

  return router;
}
