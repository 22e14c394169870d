import { json, Router, raw } from 'express';
import { z } from 'zod';
import { type Appended, newListing } from '../../contract/index.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { appendBlocks } from '../../flow/append-blocks.ts';
import { createListing, publishListing } from '../../flow/publish-listing.ts';
import { readOwnListings } from '../../flow/read-listings.ts';
import type { AppendBatch, Prisma } from '../../prisma/client/client.ts';
import { encodeBlocks } from '../../protocol/block-batch.ts';
import { requireSeller, sellerOf } from '../auth.ts';
import type { ServerDeps } from '../deps.ts';
import { splitNdjson } from '../ndjson.ts';
import { presentListing } from '../present.ts';
import { sendProblem, sendRefusal } from '../problem.ts';

const LISTING_LIMIT = '256kb';
const BATCH_LIMIT = '4mb';
const APPEND_TIMEOUT_MS = 20_000;
const POLL_MS = 1_000;

const batchQuery = z.object({
  batchId: z.string().regex(/^[\w.:-]{1,128}$/, 'must be 1 to 128 letters, digits or . : _ -'),
});

export function sellerRoutes(deps: ServerDeps): Router {
  const router = Router();
  const { prisma } = deps;
  router.use('/v1/seller', requireSeller(prisma));

  router.get('/v1/seller/listings', async (req, res) => {
    const listings = await readOwnListings(prisma, sellerOf(req));
    res.json({ listings: listings.map(presentListing) });
  });

  router.post('/v1/seller/listings', json({ limit: LISTING_LIMIT }), async (req, res) => {
    const { blockSchema, plans, sourceUrl, ...listing } = newListing.parse(req.body ?? {});
    const created = await createListing(prisma, sellerOf(req), {
      ...listing,
      sourceUrl: sourceUrl ?? null,
      blockSchema: blockSchema as Prisma.InputJsonObject,
      plans: plans.map((plan) => ({
        ...plan,
        priceMsat: BigInt(plan.priceMsat),
        periodMs: plan.periodMs === undefined ? null : BigInt(plan.periodMs),
      })),
    });
    if (isRefusal(created)) return sendRefusal(res, created);
    const [row] = await readOwnListings(prisma, sellerOf(req), listing.slug);
    if (!row) throw new Error(`listing ${listing.slug} is gone`);
    res.status(201).location(`/v1/listings/${listing.slug}`).json(presentListing(row));
  });

  router.post('/v1/seller/listings/:slug/publish', async (req, res) => {
    const published = await publishListing(prisma, sellerOf(req), req.params.slug);
    if (isRefusal(published)) return sendRefusal(res, published);
    const [row] = await readOwnListings(prisma, sellerOf(req), req.params.slug);
    if (!row) throw new Error(`listing ${req.params.slug} is gone`);
    res.json(presentListing(row));
  });

  const ndjson = raw({ type: 'application/x-ndjson', limit: BATCH_LIMIT });
  router.post('/v1/seller/listings/:slug/blocks', ndjson, async (req, res) => {
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
    const row = await appendBlocks(prisma, sellerOf(req), req.params.slug, batch);
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
  });

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
