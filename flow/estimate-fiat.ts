import type { PrismaClient } from '../prisma/client/client.ts';

/** What a price in msat is told in beside: the currency that most of the world has a feeling for. */
const CURRENCY = 'USD';

/** About how much an amount is, in the minor unit of a currency; null when no rate is known. */
export async function estimateFiat(
  prisma: Pick<PrismaClient, 'exchangeRate'>,
  priceMsat: bigint,
): Promise<{ currency: string; amountMinor: number } | null> {
  const row = await prisma.exchangeRate.findUnique({ where: { currency: CURRENCY } });
  if (!row) return null;
  const msatPerMinor = Number(row.msatPerUnit) / 10 ** row.minorDigits;
  return { currency: CURRENCY, amountMinor: Number(priceMsat) / msatPerMinor };
}
