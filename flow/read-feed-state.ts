import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Feed, FeedCore, PrismaClient } from '../prisma/client/client.ts';
import { ownershipText } from '../protocol/ownership.ts';
import { readClaim } from './claim-cores.ts';
import type { FlowDeps, Tx } from './deps.ts';

export type FeedState = Omit<Feed, 'preview'> & {
  slug: string;
  /** With nothing in them, those that are claimed only. */
  cores: Pick<
    FeedCore,
    'role' | 'key' | 'length' | 'byteLength' | 'lastBlockAt' | 'sourceLength'
  >[];
  /** The epochs of a sealed feed that the market can open. */
  seeds: { first: bigint; last: bigint }[];
  /** Of a mirrored feed: what the writer of each core signs. */
  toSign: { coreKey: Uint8Array; text: string }[];
};

/** How the feed of a seller's listing stands. */
export async function readFeedState(
  { prisma, keys }: { prisma: PrismaClient | Tx } & Pick<FlowDeps, 'keys'>,
  sellerId: string,
  slug: string,
): Promise<FeedState | Refusal> {
  const feed = await prisma.feed.findFirst({
    where: { listing: { slug, sellerId } },
    omit: { preview: true },
    include: {
      cores: { orderBy: { role: 'desc' } },
      seeds: { select: { first: true, last: true }, orderBy: { first: 'asc' } },
    },
  });
  if (!feed) return refuse('listing-not-found', `You have no listing "${slug}".`);
  const cores = feed.cores.length > 0 ? feed.cores : claimedCores(feed);
  const { id: feedId, origin, challenge } = feed;
  const market = keys.signing.publicKey;
  const toSign =
    origin === 'mirrored' && challenge
      ? cores.filter(isSigned(feed)).map(({ key: coreKey }) => ({
          coreKey,
          text: ownershipText({ market, feedId, coreKey, challenge }),
        }))
      : [];
  return { ...feed, slug, cores, toSign };
}

// Of an Autobase its bootstrap alone is claimed: the others are found.
function isSigned({ kind }: Pick<Feed, 'kind'>) {
  return ({ role }: Pick<FeedCore, 'role'>) => kind !== 'autobase' || role === 'data';
}

function claimedCores({ claimedCores }: Pick<Feed, 'claimedCores'>): FeedState['cores'] {
  return readClaim(claimedCores ?? []).map(({ role, key }) => ({
    role,
    key: Buffer.from(key, 'hex'),
    length: 0n,
    byteLength: 0n,
    lastBlockAt: null,
    sourceLength: null,
  }));
}
