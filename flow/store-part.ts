import { createHash } from 'node:crypto';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import type { Part } from './cut-parts.ts';

const GOES_ON = 'more parts follow';

/** Where a part stands in the core. */
export interface Place {
  firstIndex: number;
  endIndex: number;
}

/** Resolves with where a stored part stands once it is durable in its core; with null if that takes too long. */
export type UntilAppended = (seq: bigint) => Promise<Place | null>;

/**
 * Hands a part of a batch to the seeder, once a batch id and number: the same part again is the same row. It is durable
 * from here on.
 */
export async function storePart(
  prisma: PrismaClient,
  feedId: string,
  batchId: string,
  number: number,
  { payload, blocks, isLast }: Part,
): Promise<{ seq: bigint } | Refusal> {
  const payloadHash = hashOf(payload, isLast);
  const stored = await prisma.appendBatch.createManyAndReturn({
    data: { feedId, batchId, part: number, payloadHash, payload, blocks },
    skipDuplicates: true,
    select: { seq: true },
  });
  if (stored[0]) return stored[0];
  const known = await prisma.appendBatch.findUniqueOrThrow({
    where: { feedId_batchId_part: { feedId, batchId, part: number } },
    select: { seq: true, payloadHash: true },
  });
  if (Buffer.compare(known.payloadHash, payloadHash) === 0) return { seq: known.seq };
  return refuse('batch-differs', `Batch "${batchId}" came with other content before.`);
}

// Whether a part is the last belongs to it: a batch that ends earlier or later than before is another.
function hashOf(payload: Uint8Array, isLast: boolean): Uint8Array<ArrayBuffer> {
  const hash = createHash('sha256').update(payload);
  if (!isLast) hash.update(GOES_ON);
  return Uint8Array.from(hash.digest());
}

/** What to answer when the seeder did not come to it in time. */
export function notYet(batchId: string): Refusal {
  return refuse(
    'feed-not-ready',
    `What came is stored, but not in the feed yet. Send batch "${batchId}" again.`,
  );
}
