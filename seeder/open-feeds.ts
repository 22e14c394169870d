import type { PrismaClient } from '../prisma/client/client.ts';

/** The feeds that anybody may replicate now: on sale with a free plan that nobody has to order. */
export async function readOpenFeeds(prisma: PrismaClient): Promise<Set<string>> {
  const rows = await prisma.feed.findMany({
    where: {
      listing: {
        state: { in: ['live', 'unlisted'] },
        plans: { some: { kind: 'free', tracked: false, retiredAt: null } },
      },
    },
    select: { id: true },
  });
  return new Set(rows.map(({ id }) => id));
}
