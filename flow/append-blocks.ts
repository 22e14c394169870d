import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { type Blocks, cutParts } from './cut-parts.ts';
import { findHostedFeed } from './find-hosted-feed.ts';
import { notYet, type Place, storePart, type UntilAppended } from './store-part.ts';

const MAX_PARTS_IN_FLIGHT = 4;

export interface AppendRequest {
  sellerId: string;
  slug: string;
  batchId: string;
  /** Given the listing's block schema, reads the body. */
  blocks: (blockSchema: unknown) => Blocks;
}

export interface BlocksAppended {
  batchId: string;
  blocks: number;
  firstIndex: number;
  /** The core's length behind the last block. */
  length: number;
  /** Other batches may come in between parts of this one. */
  ranges: { firstIndex: number; blocks: number }[];
}

/**
 * Appends blocks to a hosted Hypercore, a part after another and never more than some on their way: the body is read as
 * fast as the core takes it in. Repeated with the same batch id it goes on where it was cut. A part is appended in one
 * piece; when a later one turns out wrong, those ahead of it stay.
 */
export async function appendBlocks(
  prisma: PrismaClient,
  untilAppended: UntilAppended,
  { sellerId, slug, batchId, blocks }: AppendRequest,
): Promise<BlocksAppended | Refusal> {
  const feed = await findHostedFeed(prisma, sellerId, slug, 'hypercore');
  if (isRefusal(feed)) return feed;
  const inFlight: bigint[] = [];
  const places: Place[] = [];
  let number = 0;
  for await (const part of cutParts(blocks(feed.blockSchema))) {
    const stored = isRefusal(part)
      ? part
      : await storePart(prisma, feed.id, batchId, number++, part);
    if (isRefusal(stored)) return stored;
    inFlight.push(stored.seq);
    if (inFlight.length < MAX_PARTS_IN_FLIGHT) continue;
    const place = await untilAppended(inFlight.shift()!);
    if (!place) return notYet(batchId);
    add(places, place);
  }
  for (const seq of inFlight) {
    const place = await untilAppended(seq);
    if (!place) return notYet(batchId);
    add(places, place);
  }
  if (places.length === 0) return refuse('block-invalid', 'There is no block in the body.');
  return summed(batchId, places);
}

function add(places: Place[], { firstIndex, endIndex }: Place): void {
  const last = places.at(-1);
  if (last?.endIndex === firstIndex) last.endIndex = endIndex;
  else places.push({ firstIndex, endIndex });
}

function summed(batchId: string, places: readonly Place[]): BlocksAppended {
  const ranges = places.map(({ firstIndex, endIndex }) => ({
    firstIndex,
    blocks: endIndex - firstIndex,
  }));
  return {
    batchId,
    blocks: ranges.reduce((sum, range) => sum + range.blocks, 0),
    firstIndex: places[0]!.firstIndex,
    length: places.at(-1)!.endIndex,
    ranges,
  };
}
