import { createHash } from 'node:crypto';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { AppendBatch, PrismaClient } from '../prisma/client/client.ts';

export interface Batch {
  batchId: string;
  payload: Uint8Array<ArrayBuffer>;
  blocks: number;
}

/**
 * Hands blocks of a hosted feed to the seeder, once a batch id: the same batch again is the same answer. They are
 * durable from here on; when they stand in the core, `appendedAt` and `firstIndex` of the batch say so.
 */
export async function appendBlocks(
  prisma: PrismaClient,
  sellerId: string,
  slug: string,
  batch: Batch,
): Promise<AppendBatch | Refusal> {
  const listing = await prisma.listing.findFirst({
    where: { slug, sellerId },
    select: { state: true, feed: { select: { id: true } } },
  });
  if (!listing?.feed) return refuse('listing-not-found', `You have no listing "${slug}".`);
  if (listing.state === 'withdrawn') {
    return refuse('listing-withdrawn', `"${slug}" was withdrawn and takes no more blocks.`);
  }
  const feedId = listing.feed.id;
  const payloadHash = createHash('sha256').update(batch.payload).digest();
  await prisma.appendBatch.createMany({
    data: { feedId, payloadHash, ...batch },
    skipDuplicates: true,
  });
  const { batchId } = batch;
  const row = await prisma.appendBatch.findUniqueOrThrow({
    where: { feedId_batchId_part: { feedId, batchId, part: 0 } },
    omit: { payload: true },
  });
  if (Buffer.compare(row.payloadHash, payloadHash) !== 0) {
    return refuse('batch-differs', `Batch "${batchId}" came with other blocks before.`);
  }
  return { ...row, payload: null };
}
