import type { OpenQueue } from '../boot/context.ts';
import { databaseAnswers, Health, nodeIsSynced, schemaIsCurrent } from '../ops/health.ts';
import type { Lightning } from '../ports/lightning.ts';
import type { PrismaClient } from '../prisma/client/client.ts';

/** How workers are: whatever of this is missing, paid orders wait. Nobody sends them requests, so nothing is lost by saying so. */
export function workersHealth(
  prisma: PrismaClient,
  lightning: Lightning,
  queue: Pick<OpenQueue, 'ping'>,
) {
  return new Health({
    database: { needed: true, holds: () => databaseAnswers(prisma) },
    migrations: { needed: true, holds: () => schemaIsCurrent(prisma) },
    queue: { needed: true, holds: () => queue.ping().then(() => true) },
    node: { needed: true, holds: () => nodeIsSynced(lightning) },
  });
}
