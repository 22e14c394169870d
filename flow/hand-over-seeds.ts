import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import {
  type EpochSeeds,
  type EpochSeedsJson,
  epochKey,
  epochSeedsJson,
  readSeeds,
} from '../protocol/epoch-tree.ts';
import { epochOfBlock, isSealedUnder } from '../protocol/sealed-blocks.ts';
import type { FlowDeps, Tx } from './deps.ts';
import { keepSeeds } from './feed-seeds.ts';
import { lockListing } from './lock-listing.ts';

// As many as a buyer is sent at once.
const MAX_RANGES = 16;

/**
 * Takes what opens some epochs of a feed that its seller seals himself, to be given to buyers. Others stay his: the root
 * of the feed never comes here. A range takes the place of those that it covers. It is tried on the blocks of these epochs
 * that seeders have told of; what comes later is tried by them.
 */
export async function handOverSeeds(
  { prisma, keys }: Pick<FlowDeps, 'prisma' | 'keys'>,
  sellerId: string,
  slug: string,
  given: readonly EpochSeedsJson[],
): Promise<Refusal | null> {
  const wrong = given.find((each) => !epochSeedsJson.safeParse(each).success);
  if (wrong) {
    return refuse('seeds-wrong', `These are not the seeds of ${wrong.first} to ${wrong.last}.`);
  }
  return prisma.$transaction(async (tx) => {
    const listing = await lockListing(tx, sellerId, slug);
    if (isRefusal(listing)) return listing;
    const where = { listingId: listing.id };
    const { id, origin, mode } = await tx.feed.findUniqueOrThrow({ where });
    if (mode !== 'sealed') return refuse('feed-open', `The feed of "${slug}" is not sealed.`);
    if (origin === 'hosted') {
      return refuse('feed-hosted', `The market itself seals the feed of "${slug}".`);
    }
    const all = given.map(readSeeds);
    const misfit = await findMisfit(tx, id, all);
    if (misfit) return misfit;
    const covered = given.map(({ first, last }) => ({
      first: { gte: first },
      last: { lte: last },
    }));
    const held = await tx.feedSeeds.count({ where: { feedId: id, NOT: { OR: covered } } });
    if (held + given.length > MAX_RANGES) {
      return refuse(
        'too-many-seeds',
        `The market keeps ${MAX_RANGES} ranges of a feed: send one that covers several of them.`,
      );
    }
    await tx.feedSeeds.deleteMany({ where: { feedId: id, OR: covered } });
    await keepSeeds(tx, { keys }, id, all);
    return null;
  });
}

async function findMisfit(
  tx: Tx,
  feedId: string,
  all: readonly EpochSeeds[],
): Promise<Refusal | null> {
  for (const { coreKey, index, raw } of await tx.sealedSample.findMany({ where: { feedId } })) {
    const block = { coreKey, index: Number(index), raw };
    const epoch = epochOfBlock(raw)!;
    const isMisfit = (seeds: EpochSeeds) => {
      const key = epochKey(seeds, epoch);
      return key !== null && !isSealedUnder(key, block);
    };
    if (!all.some(isMisfit)) continue;
    return refuse(
      'seeds-wrong',
      `These seeds do not open block ${index}, which you sealed in epoch ${epoch}: they follow from another secret, or another name of the feed.`,
    );
  }
  return null;
}
