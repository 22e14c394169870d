import { json, type Request, Router } from 'express';
import { z } from 'zod';
import { type GrantList, grantQuery, newOrder, uuid } from '../../contract/index.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { placeOrder } from '../../flow/place-order.ts';
import { readGrants, readOrder } from '../../flow/read-orders.ts';
import { streamEvents } from '../../http/event-stream.ts';
import { sendProblem, sendRefusal } from '../../http/problem.ts';
import type { ServerDeps } from '../deps.ts';
import { presentGrant, presentOrder } from '../present.ts';

const BODY_LIMIT = '16kb';

const idempotencyKey = z
  .string('the header Idempotency-Key is missing: send a fresh random value for each order')
  .min(8, 'the header Idempotency-Key needs 8 to 200 characters')
  .max(200, 'the header Idempotency-Key needs 8 to 200 characters');

export function orderRoutes(deps: ServerDeps): Router {
  const router = Router();
  const { prisma } = deps;

  router.post('/v1/orders', json({ limit: BODY_LIMIT }), async (req, res) => {
    const order = newOrder.parse(req.body ?? {});
    const placed = await placeOrder(deps, {
      listingSlug: order.listing,
      planName: order.plan,
      quantity: order.quantity,
      buyerKey: Uint8Array.from(Buffer.from(order.buyerKey, 'hex')),
      idempotencyKey: idempotencyKey.parse(req.get('Idempotency-Key')),
    });
    if (isRefusal(placed)) return sendRefusal(res, placed);
    const view = await readOrder(prisma, placed.orderId);
    if (!view) throw new Error(`order ${placed.orderId} is gone`);
    res.status(201).location(`/v1/orders/${placed.orderId}`).json(presentOrder(view));
  });

  router.get('/v1/orders/:id', async (req, res) => {
    const view = await find(req);
    if (!view) return sendProblem(res, 404, 'order-not-found', 'There is no such order.');
    res.setHeader('Cache-Control', 'no-store');
    res.json(presentOrder(view));
  });

  router.get('/v1/orders/:id/events', async (req, res) => {
    const id = req.params.id;
    if (!(await find(req)))
      return sendProblem(res, 404, 'order-not-found', 'There is no such order.');
    const read = async () => {
      const view = await readOrder(prisma, id);
      // A lapsed order may still be paid late, so only a paid one is at its end.
      return view && { data: presentOrder(view), last: view.order.state === 'paid' };
    };
    streamEvents(req, res, 'order', read, (onChange) => deps.orders.watch(id, onChange));
  });

  router.get('/v1/grants', async (req, res) => {
    const { buyerKey, listing } = grantQuery.parse(req.query);
    const filter = {
      buyerKey: Uint8Array.from(Buffer.from(buyerKey, 'hex')),
      listingSlug: listing,
    };
    const { grants, nowMs } = await readGrants(prisma, filter);
    const list: GrantList = { grants: grants.map(presentGrant), nowMs };
    res.setHeader('Cache-Control', 'no-store');
    res.json(list);
  });

  async function find(req: Request) {
    const id = uuid.safeParse(req.params.id);
    return id.success ? readOrder(prisma, id.data) : null;
  }

  return router;
}
