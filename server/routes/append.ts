import { Router, raw } from 'express';
import { z } from 'zod';
import type { Appended } from '../../contract/index.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { appendBlocks } from '../../flow/append-blocks.ts';
import { sendProblem, sendRefusal } from '../../http/problem.ts';
import type { AppendBatch } from '../../prisma/client/client.ts';
import { encodeBlocks } from '../../protocol/block-batch.ts';
import type { ServerDeps } from '../deps.ts';
import { splitNdjson } from '../ndjson.ts';

const sellers = new WeakMap<object, string>();
const BATCH_LIMIT = '4mb';
const APPEND_TIMEOUT_MS = 20_000;
const POLL_MS = 1_000;

const batchQuery = z.object({
  batchId: z.string().regex(/^[\w.:-]{1,128}$/, 'must be 1 to 128 letters, digits or . : _ -'),
});

export function appendRoutes(deps: ServerDeps): Router {
  const router = Router();
  const { prisma } = deps;

  const ndjson = raw({ type: 'application/x-ndjson', limit: BATCH_LIMIT });
  router.post(
    '/v1/seller/listings/:slug/blocks',
    async (req, res, next) => {
      const caller = await deps.authenticate(req, res, 'data');
      if (!('sellerId' in caller)) return sendProblem(res, 401, 'unauthenticated');
      sellers.set(req, caller.sellerId);
      next();
    },
    ndjson,
    async (req, res) => {
      const { batchId } = batchQuery.parse(req.query);
      if (!Buffer.isBuffer(req.body)) {
        return sendProblem(
          res,
          415,
          'not-ndjson',
          'Send one JSON value a line as application/x-ndjson.',
        );
      }
      const lines = splitNdjson(req.body);
      if ('fault' in lines) return sendProblem(res, 400, 'not-ndjson', lines.fault);
      const batch = { batchId, payload: encodeBlocks(lines.blocks), blocks: lines.blocks.length };
      const row = await appendBlocks(prisma, sellers.get(req) as string, req.params.slug, batch);
      if (isRefusal(row)) return sendRefusal(res, row);
      const done = await untilAppended(deps, row);
      if (done?.firstIndex == null) {
        return sendProblem(
          res,
          503,
          'feed-not-ready',
          'The blocks are stored, but not in the feed yet. Send the batch again.',
        );
      }
      const firstIndex = Number(done.firstIndex);
      const answer: Appended = {
        batchId,
        firstIndex,
        blocks: row.blocks,
        length: firstIndex + row.blocks,
      };
      res.status(201).json(answer);
    },
  );

  return router;
}

async function untilAppended(
  { prisma, appended }: ServerDeps,
  { seq }: Pick<AppendBatch, 'seq'>,
): Promise<{ firstIndex: bigint | null } | null> {
  const read = () =>
    prisma.appendBatch.findFirst({
      where: { seq, appendedAt: { not: null } },
      select: { firstIndex: true },
    });
  const deadline = Date.now() + APPEND_TIMEOUT_MS;
  let wake = () => {};
  const unwatch = appended.watch(seq.toString(), () => wake());
  try {
    while (Date.now() < deadline) {
      // The timer stands in for a notification that came between the read and the wait.
      const changed = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      const done = await read();
      if (done) {
        wake();
        return done;
      }
      await changed;
    }
    return null;
  } finally {
    unwatch();
  }
}
