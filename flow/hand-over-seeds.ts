import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type EpochSeedsJson, epochSeedsJson, readSeeds } from '../protocol/epoch-tree.ts';
import type { FlowDeps } from './deps.ts';
import { keepSeeds } from './feed-seeds.ts';
import { lockListing } from './lock-listing.ts';

// As many as a buyer is sent at once.
const MAX_RANGES = 16;

/**
 * Takes what opens some epochs of a feed that its seller seals himself, to be given to buyers. Others stay his: the root
 * of the feed never comes here. A range takes the place of those that it covers.
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
    await keepSeeds(tx, { keys }, id, given.map(readSeeds));
    return null;
  });
}
