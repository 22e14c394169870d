import { databaseAnswers, Health } from '../ops/health.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import type { Seeder } from './seeder.ts';

const FOLLOWS_WITHIN_MS = 30_000;

/**
 * How a seeder is. It serves as soon as it knows the grants, and goes on when the database is away: whoever kept buyers
 * away from it then would end what they have paid for.
 */
export function seederHealth(
  prisma: PrismaClient,
  seeder: () => Pick<Seeder, 'gate' | 'state'> | undefined,
  isDraining: () => boolean,
) {
  return new Health(
    {
      grants: { needed: true, holds: async () => seeder()?.gate.ready ?? false },
      following: {
        needed: false,
        holds: async () => (seeder()?.state.grantsReadAgeMs ?? Infinity) < FOLLOWS_WITHIN_MS,
      },
      database: { needed: false, holds: () => databaseAnswers(prisma) },
    },
    isDraining,
  );
}
