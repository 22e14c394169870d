import { Router } from 'express';
import * as operations from '../../contract/operations/messages.ts';
import { isRefusal, refuse } from '../../domain/refusal.ts';
import { countReached, markRead, readMessage, readMessages } from '../../flow/read-messages.ts';
import { sendToBuyers } from '../../flow/send-message.ts';
import { pass } from '../../http/limits.ts';
import { operate, SENT } from '../../http/operate.ts';
import { fromNumberCursor, toCursor } from '../cursor.ts';
import type { ServerDeps } from '../deps.ts';
import { presentMessage } from '../present/message.ts';
import { asMessageFilter } from '../read-message-query.ts';

export function messageRoutes({ prisma, limiter, authenticate }: ServerDeps): Router {
  const router = Router();

  operate(
    router,
    operations.sendMessage,
    authenticate,
    async ({ caller, params, body, ...call }) => {
      const { sellerId } = caller;
      if (!pass(call.res, await limiter.take('mailings', sellerId))) return SENT;
      const { to, ...said } = body;
      const key = to === undefined ? null : Uint8Array.from(Buffer.from(to, 'hex'));
      const message = { sellerId, slug: params.slug, to: key, ...said };
      const sent = await sendToBuyers(prisma, message, call.idempotency);
      if (isRefusal(sent)) return sent;
      const found = await readMessage(prisma, sellerId, BigInt(sent.id));
      if (isRefusal(found)) return found;
      const reaches = key ? null : await countReached(prisma, params.slug);
      return { ...presentMessage(found), reaches };
    },
  );

  operate(router, operations.listMessages, authenticate, async ({ caller, query }) => {
    const { limit, cursor, ...asked } = query;
    const after = cursor === undefined ? undefined : fromNumberCursor(cursor);
    if (after === null) return refuse('cursor-invalid', 'The cursor is none that a page gave.');
    const filter = asMessageFilter(asked);
    const page = await readMessages(prisma, caller.sellerId, filter, { limit, after });
    return {
      messages: page.messages.map(presentMessage),
      nextCursor: page.next === null ? null : toCursor(page.next.toString()),
    };
  });

  operate(router, operations.readMessage, authenticate, async ({ caller, params }) => {
    const found = await readMessage(prisma, caller.sellerId, BigInt(params.seq));
    return isRefusal(found) ? found : presentMessage(found);
  });

  operate(router, operations.markMessageRead, authenticate, async ({ caller, params }) => {
    const marked = await markRead(prisma, caller.sellerId, BigInt(params.seq));
    return isRefusal(marked) ? marked : presentMessage(marked);
  });

  return router;
}
