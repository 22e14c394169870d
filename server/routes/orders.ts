import { Router } from 'express';
import * as operations from '../../contract/operations/orders.ts';
import type { NewToken } from '../../contract/token.ts';
import { isRefusal, type Refusal, refuse } from '../../domain/refusal.ts';
import { issueToken, type KeyProof } from '../../flow/issue-token.ts';
import { makeKeyCode } from '../../flow/key-codes.ts';
import { placeOrder } from '../../flow/place-order.ts';
import { readGrant, readGrants, readOrder } from '../../flow/read-orders.ts';
import { redeemClaim, transferGrant } from '../../flow/transfer-grant.ts';
import { streamEvents } from '../../http/event-stream.ts';
import { addressOf } from '../../http/limits.ts';
import { operate, SENT } from '../../http/operate.ts';
import { sendProblem } from '../../http/problem.ts';
import { Turnstile } from '../../http/turnstile.ts';
import type { ServerDeps } from '../deps.ts';
import { presentGrant } from '../present/grant.ts';
import { presentOrder } from '../present/order.ts';

// Each holds a connection, and reads the order whenever it changes.
const MAX_STREAMS_PER_ADDRESS = 64;
const RETRY_AFTER_SECONDS = 15;

export function orderRoutes(deps: ServerDeps): Router {
  const router = Router();
  const { prisma, authenticate } = deps;
  const streams = new Turnstile(MAX_STREAMS_PER_ADDRESS);

  operate(router, operations.placeOrder, authenticate, async ({ body, idempotency, res }) => {
    const placed = await placeOrder(deps, {
      listingSlug: body.listing,
      planName: body.plan,
      quantity: body.quantity,
      buyerKey: body.buyerKey === undefined ? null : fromHex(body.buyerKey),
      acceptedTerms: body.acceptTerms === undefined ? null : fromHex(body.acceptTerms),
      work: body.work,
      idempotency,
    });
    if (isRefusal(placed)) return placed;
    const { orderId, claimCode } = placed;
    const view = await readOrder(prisma, orderId);
    if (!view) throw new Error(`order ${orderId} is gone`);
    res.setHeader('Cache-Control', 'no-store');
    res.location(`/v1/orders/${orderId}`);
    return { ...presentOrder(view), claimCode };
  });

  operate(router, operations.readOrder, authenticate, async ({ params, res }) => {
    const view = await readOrder(prisma, params.id);
    if (!view) return noOrder();
    res.setHeader('Cache-Control', 'no-store');
    return presentOrder(view);
  });

  operate(router, operations.watchOrder, authenticate, async ({ params, req, res }) => {
    const { id } = params;
    if (!(await readOrder(prisma, id))) return noOrder();
    if (res.closed) return SENT;
    const leave = streams.enter(addressOf(req));
    if (!leave) {
      res.setHeader('Retry-After', RETRY_AFTER_SECONDS);
      sendProblem(res, 429, 'rate-limited', 'Too many orders are watched from your address.');
      return SENT;
    }
    res.once('close', leave);
    const read = async () => {
      const view = await readOrder(prisma, id);
      // A lapsed order may still be paid late, so only a paid one is at its end.
      return view && { data: presentOrder(view), last: view.order.state === 'paid' };
    };
    const watch = (onChange: () => void) => deps.orders.watch(id, onChange);
    streamEvents(res, 'order', read, watch, deps.draining.ending);
    return SENT;
  });

  operate(router, operations.createToken, authenticate, async ({ body, res }) => {
    const issued = await issueToken(deps, proofIn(body), body.listing);
    if (isRefusal(issued)) return issued;
    res.setHeader('Cache-Control', 'no-store');
    return { ...issued, buyerKey: Buffer.from(issued.buyerKey).toString('hex') };
  });

  operate(router, operations.listGrants, authenticate, async ({ caller, query, res }) => {
    const filter = { buyerKey: caller.buyerKey, listingSlug: query.listing };
    const { grants, nowMs } = await readGrants(prisma, filter);
    res.setHeader('Cache-Control', 'no-store');
    return { grants: grants.map(presentGrant), nowMs };
  });

  operate(router, operations.transferGrant, authenticate, async ({ body }) => {
    const moved = await transferGrant(deps, {
      listingSlug: body.listing,
      fromKey: fromHex(body.fromKey),
      toKey: fromHex(body.toKey),
      issuedAtMs: body.issuedAtMs,
      signature: fromHex(body.signature),
    });
    return presentMoved(moved);
  });

  operate(router, operations.redeemClaim, authenticate, async ({ body }) => {
    return presentMoved(await redeemClaim(deps, body.claimCode, fromHex(body.buyerKey)));
  });

  operate(router, operations.createKeyCode, authenticate, async ({ body, res }) => {
    const { buyerKey, issuedAtMs, signature } = body;
    const proof = { buyerKey: fromHex(buyerKey), issuedAtMs, signature: fromHex(signature) };
    const made = await makeKeyCode(deps, proof);
    if (isRefusal(made)) return made;
    res.setHeader('Cache-Control', 'no-store');
    return { ...made, buyerKey, url: `${deps.origin()}/shelf/open?code=${made.code}` };
  });

  async function presentMoved(moved: { id: string } | Refusal) {
    if (isRefusal(moved)) return moved;
    const grant = await readGrant(prisma, moved.id);
    if (!grant) throw new Error(`grant ${moved.id} is gone`);
    return presentGrant(grant);
  }

  return router;
}

function proofIn(body: NewToken): KeyProof {
  if ('claimCode' in body || 'l402' in body) return body;
  const { buyerKey, issuedAtMs, signature } = body;
  return { buyerKey: fromHex(buyerKey), issuedAtMs, signature: fromHex(signature) };
}

function noOrder(): Refusal {
  return refuse('order-not-found', 'There is no such order.');
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
