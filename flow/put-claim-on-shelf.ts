import { type Refusal, refuse } from '../domain/refusal.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { keyPairOfClaimCode } from '../protocol/claim-code.ts';
import { putClaimKeyOnShelf } from './shelf.ts';

/**
 * Puts what a claim code stands for on a shelf. A code that nothing here was bought with takes the same answer as one
 * that was mistyped. Who comes with a code must be held to the limit `guesses`.
 */
export async function putClaimOnShelf(
  prisma: PrismaClient,
  shelfId: () => Promise<string>,
  claimCode: string,
): Promise<{ buyerKey: Uint8Array<ArrayBuffer> } | Refusal> {
  const pair = keyPairOfClaimCode(claimCode);
  const buyerKey = Uint8Array.from(pair?.publicKey ?? []);
  const bought =
    pair &&
    ((await prisma.order.findFirst({ where: { buyerKey }, select: { id: true } })) ??
      (await prisma.grant.findFirst({ where: { buyerKey }, select: { id: true } })));
  if (!bought) return refuse('claim-code-unknown', 'This code opens nothing here.');
  await putClaimKeyOnShelf(prisma, await shelfId(), buyerKey);
  return { buyerKey };
}
