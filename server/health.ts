import {
  databaseAnswers,
  Health,
  nodeIsSynced,
  schemaIsCurrent,
  seederFollows,
} from '../ops/health.ts';
import type { ServerDeps } from './deps.ts';

type Deps = Pick<ServerDeps, 'prisma' | 'lightning' | 'limiter' | 'draining'>;

/**
 * How a server is. Only what no request can do without keeps requests away: all servers share one node, and to take them
 * all out because it restarts would take out the catalogue with it, and the downloads of those who have paid.
 */
export function serverHealth({ prisma, lightning, limiter, draining }: Deps) {
  return new Health(
    {
      database: { needed: true, holds: () => databaseAnswers(prisma) },
      migrations: { needed: true, holds: () => schemaIsCurrent(prisma) },
      queue: { needed: false, holds: () => limiter.ping().then(() => true) },
      node: { needed: false, holds: () => nodeIsSynced(lightning) },
      seeder: { needed: false, holds: () => seederFollows(prisma) },
    },
    () => draining.begun,
  );
}
