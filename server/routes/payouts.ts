import { Router } from 'express';
import { CHAIN_OF } from '../../contract/market.ts';
import * as operations from '../../contract/operations/payouts.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { readMovements } from '../../flow/read-movements.ts';
import * as payouts from '../../flow/read-payouts.ts';
import { requestRefund, requestWithdrawal } from '../../flow/request-payout.ts';
import { operate } from '../../http/operate.ts';
import { fromCursor, fromNumberCursor, toCursor } from '../cursor.ts';
import type { ServerDeps } from '../deps.ts';
import { presentBalance, presentMovement, presentPayout } from '../present/payout.ts';

export function payoutRoutes(deps: ServerDeps): Router {
  const router = Router();
  const { prisma, authenticate } = deps;
  const chain = CHAIN_OF[deps.network];

  operate(router, operations.readBalance, authenticate, async ({ caller }) => {
    return presentBalance(await payouts.readBalance(prisma, caller.sellerId));
  });

  operate(router, operations.listMovements, authenticate, async ({ caller, query }) => {
    const after = query.cursor === undefined ? undefined : fromNumberCursor(query.cursor);
    if (after === null) {
      return refuse('cursor-invalid', 'The cursor is none that a page of movements gave.');
    }
    const page = await readMovements(prisma, caller.sellerId, { limit: query.limit, after });
    return {
      movements: page.movements.map(presentMovement),
      nextCursor: page.next === null ? null : toCursor(page.next.toString()),
    };
  });

  operate(router, operations.createPayout, authenticate, async ({ caller, ...call }) => {
    const requested = await requestWithdrawal({ ...deps, chain }, caller.sellerId, asRequest(call));
    if (isRefusal(requested)) return requested;
    const payout = await payouts.readPayout(prisma, caller.sellerId, requested.id);
    if (!payout) throw new Error(`payout ${requested.id} is gone`);
    call.res.location(`/v1/seller/payouts/${payout.id}`);
    return presentPayout(payout);
  });

  operate(router, operations.listPayouts, authenticate, async ({ caller, query }) => {
    const after = query.cursor === undefined ? null : fromCursor(query.cursor);
    if (query.cursor !== undefined && after === null) {
      return refuse('cursor-invalid', 'The cursor is none that a page of payouts gave.');
    }
    const page = await payouts.readPayouts(prisma, caller.sellerId, { limit: query.limit, after });
    return {
      payouts: page.payouts.map(presentPayout),
      nextCursor: page.next && toCursor(page.next),
    };
  });

  operate(router, operations.readPayout, authenticate, async ({ caller, params }) => {
    const payout = await payouts.readPayout(prisma, caller.sellerId, params.id);
    return payout ? presentPayout(payout) : notFound();
  });

  operate(router, operations.createRefund, authenticate, async ({ caller, params, ...call }) => {
    const { buyerKey } = caller;
    const request = asRequest(call);
    const requested = await requestRefund({ ...deps, chain }, params.id, buyerKey, request);
    if (isRefusal(requested)) return requested;
    const refund = await payouts.readRefund(prisma, caller.buyerKey, requested.id);
    if (!refund) throw new Error(`refund ${requested.id} is gone`);
    call.res.location(`/v1/refunds/${refund.id}`);
    return presentPayout(refund);
  });

  operate(router, operations.readRefund, authenticate, async ({ caller, params }) => {
    const refund = await payouts.readRefund(prisma, caller.buyerKey, params.id);
    return refund ? presentPayout(refund) : notFound();
  });

  return router;
}

function asRequest({
  body,
  idempotency,
}: {
  body: { bolt11: string; maxFeeMsat?: string | undefined };
  idempotency: Parameters<typeof requestWithdrawal>[2]['idempotency'];
}) {
  const maxFeeMsat = body.maxFeeMsat === undefined ? null : BigInt(body.maxFeeMsat);
  return { bolt11: body.bolt11, maxFeeMsat, idempotency };
}

function notFound() {
  return refuse('payout-not-found', 'There is no such payout.');
}
