import { isRefusal, type Refusal } from '../domain/refusal.ts';
import type { DriveFile, PrismaClient } from '../prisma/client/client.ts';
import { findHostedFeed } from './find-hosted-feed.ts';

export interface FilePage {
  files: DriveFile[];
  /** Whether there are files behind the last one. */
  hasMore: boolean;
}

/** The files of a seller's hosted Hyperdrive in the order of their paths, from behind one on. */
export async function readFiles(
  prisma: PrismaClient,
  sellerId: string,
  slug: string,
  { limit, after }: { limit: number; after: string },
): Promise<FilePage | Refusal> {
  const feed = await findHostedFeed(prisma, sellerId, slug, 'hyperdrive');
  if (isRefusal(feed)) return feed;
  const files = await prisma.driveFile.findMany({
    where: { feedId: feed.id, path: { gt: after } },
    orderBy: { path: 'asc' },
    take: limit + 1,
  });
  return { files: files.slice(0, limit), hasMore: files.length > limit };
}
