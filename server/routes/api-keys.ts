import { Router } from 'express';
import * as operations from '../../contract/operations/api-keys.ts';
import { isRefusal } from '../../domain/refusal.ts';
import {
  type MadeKey,
  readApiKeys,
  requestApiKey,
  revokeApiKey,
  rotateApiKey,
} from '../../flow/api-keys.ts';
import { operate } from '../../http/operate.ts';
import { keyEnvOf } from '../auth.ts';
import type { ServerDeps } from '../deps.ts';
import { presentApiKey } from '../present/account.ts';

export function apiKeyRoutes({ prisma, authenticate, network }: ServerDeps): Router {
  const router = Router();

  operate(router, operations.listApiKeys, authenticate, async ({ caller }) => {
    const keys = await readApiKeys(prisma, caller.sellerId);
    return { apiKeys: keys.map(presentApiKey) };
  });

  operate(router, operations.createApiKey, authenticate, async ({ caller, body }) => {
    const made = await requestApiKey(prisma, caller.sellerId, { ...body, env: keyEnvOf(network) });
    return isRefusal(made) ? made : presentMade(made);
  });

  operate(router, operations.revokeApiKey, authenticate, async ({ caller, params }) => {
    const refusal = await revokeApiKey(prisma, caller.sellerId, params.id);
    if (refusal) return refusal;
  });

  operate(router, operations.rotateApiKey, authenticate, async ({ caller, params, body }) => {
    const made = await rotateApiKey(prisma, caller.sellerId, params.id, {
      overlapMs: body.overlapSeconds * 1000,
      expiresAtMs: body.expiresAtMs,
    });
    return isRefusal(made) ? made : presentMade(made);
  });

  return router;
}

function presentMade({ apiKey, key }: MadeKey) {
  return { apiKey: presentApiKey(apiKey), key };
}
