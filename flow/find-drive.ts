import { filePath } from '../domain/file-path.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { findHostedFeed } from './find-hosted-feed.ts';

export interface DriveRequest {
  sellerId: string;
  slug: string;
  /** Without the first slash. */
  path: string;
}

/** Where a seller's file is to be: the hosted Hyperdrive, and its path there. */
export async function findDrive(
  prisma: PrismaClient,
  { sellerId, slug, path: names }: DriveRequest,
): Promise<{ feedId: string; path: string } | Refusal> {
  const feed = await findHostedFeed(prisma, sellerId, slug, 'hyperdrive');
  if (isRefusal(feed)) return feed;
  const path = filePath(names);
  if (path !== null) return { feedId: feed.id, path };
  return refuse('path-invalid', 'A path has names of 1 to 255 bytes, and none is "." or "..".');
}
