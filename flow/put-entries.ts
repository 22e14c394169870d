import { isRefusal, type Refusal } from '../domain/refusal.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { type EntryChange, encodeEntries } from '../protocol/entry-batch.ts';
import { findHostedFeed } from './find-hosted-feed.ts';
import { notYet, storePart, type UntilAppended } from './store-part.ts';

export interface PutRequest {
  sellerId: string;
  slug: string;
  batchId: string;
  /** Reads the body. */
  changes: () => Promise<EntryChange[] | Refusal>;
}

export interface EntriesPut {
  batchId: string;
  entries: number;
  length: number;
}

/** Changes entries of a hosted Hyperbee: all changes of a batch come into force together, and once. */
export async function putEntries(
  prisma: PrismaClient,
  untilAppended: UntilAppended,
  { sellerId, slug, batchId, changes }: PutRequest,
): Promise<EntriesPut | Refusal> {
  const feed = await findHostedFeed(prisma, sellerId, slug, 'hyperbee');
  if (isRefusal(feed)) return feed;
  const read = await changes();
  if (isRefusal(read)) return read;
  const entries = read.length;
  const part = { payload: encodeEntries(read), blocks: entries, isLast: true };
  const stored = await storePart(prisma, feed.id, batchId, 0, part);
  if (isRefusal(stored)) return stored;
  const place = await untilAppended(stored.seq);
  return place ? { batchId, entries, length: place.endIndex } : notYet(batchId);
}
