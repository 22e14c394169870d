import { minorDigits } from '../domain/currency.ts';
import { formatRate } from '../domain/exchange.ts';
import type { RateSource } from '../ports/rates.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';

/**
 * Writes what the source tells now. A rate may lock prices until `maxAgeMs` after the source was asked; one that is not
 * told any more grows stale.
 *
 * @returns how many currencies have a rate
 */
export async function refreshRates(
  prisma: PrismaClient,
  source: RateSource,
  maxAgeMs: number,
): Promise<number> {
  const askedAtMs = await nowMs(prisma);
  const rates = await source.fetch();
  const asOf = new Date(askedAtMs);
  const freshUntil = new Date(askedAtMs + maxAgeMs);
  await prisma.$transaction(
    rates.map(({ currency, perUnit }) => {
      const data = {
        msatPerUnit: formatRate(perUnit),
        minorDigits: minorDigits(currency),
        source: source.name,
        asOf,
        freshUntil,
      };
      return prisma.exchangeRate.upsert({
        where: { currency },
        create: { currency, ...data },
        update: data,
      });
    }),
  );
  return rates.length;
}
