import type { PrismaClient, Terms } from '../prisma/client/client.ts';

/** A version of terms by its hash. */
export async function readTerms(
  prisma: PrismaClient,
  hash: Uint8Array<ArrayBuffer>,
): Promise<Terms | null> {
  return prisma.terms.findUnique({ where: { hash } });
}
