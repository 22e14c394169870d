import { readFile } from 'node:fs/promises';
import type { Listing } from '../../contract/index.ts';
import { epochAt } from '../../domain/epoch.ts';
import { seedsOfFeed } from '../../flow/feed-seeds.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { narrowSeeds, writeSeeds } from '../../protocol/epoch-tree.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import { horizonMs } from '../seal/horizon.ts';
import type { SellerClient } from '../seller-client.ts';

const DELEGATED_MS = 24 * 60 * 60 * 1000;

/** Lets another market open what the shop seals, for a day from now on; the root stays in the shop. */
export async function delegateTo(
  there: SellerClient,
  { slug, feed }: Listing,
  { prisma, seedFile }: { prisma: PrismaClient; seedFile: string },
): Promise<void> {
  const { seal } = await there.feedState(slug);
  const nowMs = Date.now();
  const untilMs = seal && horizonMs(seal, nowMs);
  if (!seal || (untilMs ?? 0) - nowMs > DELEGATED_MS / 2) return;
  const keys = marketKeys(Buffer.from((await readFile(seedFile, 'utf8')).trim(), 'hex'));
  const [root] = await seedsOfFeed(prisma, { keys }, feed.id);
  const seeds = narrowSeeds(root!, 0, epochAt(nowMs + DELEGATED_MS, seal.epochMs))!;
  await there.handOverSeeds(slug, [writeSeeds(seeds)]);
}
