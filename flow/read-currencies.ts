import type { PrismaClient } from '../prisma/client/client.ts';

/** The currencies that prices may be in: those that the market knows a rate of, by their codes. */
export async function readCurrencies(prisma: PrismaClient): Promise<string[]> {
  const rates = await prisma.exchangeRate.findMany({
    select: { currency: true },
    orderBy: { currency: 'asc' },
  });
  return rates.map(({ currency }) => currency);
}
