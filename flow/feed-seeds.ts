import { randomBytes } from 'node:crypto';
import type { PrismaClient } from '../prisma/client/client.ts';
import {
  type EpochSeeds,
  epochSeedsJson,
  readSeeds,
  rootSeeds,
  writeSeeds,
} from '../protocol/epoch-tree.ts';
import { seal, unseal } from '../protocol/secret-box.ts';
import type { FlowDeps, Tx } from './deps.ts';

const PURPOSE = 'feed seeds';
const ROOT_BYTES = 32;

type Keys = Pick<FlowDeps, 'keys'>;

/** Makes the root that all epochs of a hosted feed follow from: the market seals it. */
export function newRoot(feedId: string): EpochSeeds {
  return rootSeeds(randomBytes(ROOT_BYTES), Buffer.from(feedId));
}

/** Keeps seeds of a feed, encrypted; ranges that are there already stay as they are. */
export async function keepSeeds(
  tx: Tx,
  { keys }: Keys,
  feedId: string,
  all: readonly EpochSeeds[],
): Promise<void> {
  const data = all.map((seeds) => ({
    feedId,
    first: BigInt(seeds.first),
    last: BigInt(seeds.last),
    box: seal(keys.derive(PURPOSE), feedId, JSON.stringify(writeSeeds(seeds))),
  }));
  await tx.feedSeeds.createMany({ data, skipDuplicates: true });
}

/** All seeds that the market has of a feed, those that came last behind the others. */
export async function seedsOfFeed(
  prisma: PrismaClient,
  { keys }: Keys,
  feedId: string,
): Promise<EpochSeeds[]> {
  const rows = await prisma.feedSeeds.findMany({
    where: { feedId },
    select: { box: true },
    orderBy: [{ createdAt: 'asc' }, { first: 'asc' }],
  });
  return rows.map(({ box }) => {
    const json: unknown = JSON.parse(unseal(keys.derive(PURPOSE), feedId, box));
    return readSeeds(epochSeedsJson.parse(json));
  });
}
