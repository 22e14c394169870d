import type { PrismaClient } from '../prisma/client/client.ts';

/** How many orders of each of these listings have been paid; one without any is left out. */
export async function countSales(
  prisma: PrismaClient,
  listingIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await prisma.order.groupBy({
    by: ['listingId'],
    where: { listingId: { in: [...listingIds] }, state: 'paid' },
    _count: true,
  });
  return new Map(rows.map(({ listingId, _count }) => [listingId, _count]));
}
