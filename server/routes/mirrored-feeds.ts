import { Router } from 'express';
import * as operations from '../../contract/operations/mirrored-feeds.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { handOverSeeds } from '../../flow/hand-over-seeds.ts';
import { proveOwnership } from '../../flow/prove-ownership.ts';
import { readFeedState } from '../../flow/read-feed-state.ts';
import { operate } from '../../http/operate.ts';
import type { ServerDeps } from '../deps.ts';
import { presentFeedState } from '../present/feed-state.ts';
import { asGivenProofs } from '../read-proofs.ts';

export function mirroredFeedRoutes(deps: ServerDeps): Router {
  const router = Router();

  operate(router, operations.readFeedState, deps.authenticate, async ({ caller, params }) =>
    answer(caller.sellerId, params.slug),
  );

  operate(router, operations.proveOwnership, deps.authenticate, async (call) => {
    const { caller, params, body } = call;
    const proofs = asGivenProofs(body);
    const refused = await proveOwnership(deps, caller.sellerId, params.slug, proofs);
    return refused ?? answer(caller.sellerId, params.slug);
  });

  operate(router, operations.handOverSeeds, deps.authenticate, async (call) => {
    const { caller, params, body } = call;
    const refused = await handOverSeeds(deps, caller.sellerId, params.slug, body.seeds);
    return refused ?? answer(caller.sellerId, params.slug);
  });

  async function answer(sellerId: string, slug: string) {
    const state = await readFeedState(deps, sellerId, slug);
    return isRefusal(state) ? state : presentFeedState(state);
  }

  return router;
}
