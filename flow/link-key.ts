import type { Idempotency } from '../domain/idempotency.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import type { FlowDeps } from './deps.ts';
import { once } from './idempotent.ts';
import { redeemKeyCode } from './key-codes.ts';
import { putKeyOnShelf } from './shelf.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Uses up a code of the command line and puts the key that it tells on a shelf. The same request finds the same key
 * again, though the code is used. Who comes with a code must be held to the limit `guesses`.
 */
export async function linkKey(
  { prisma, keys }: Pick<FlowDeps, 'prisma' | 'keys'>,
  shelfId: string,
  code: string,
  idempotency: Idempotency,
): Promise<{ buyerKey: Bytes } | Refusal> {
  return prisma.$transaction(async (tx) => {
    const linked = await once(tx, idempotency, async () => {
      const redeemed = await redeemKeyCode({ prisma: tx, keys }, code);
      if (isRefusal(redeemed)) return redeemed;
      return { id: Buffer.from(redeemed.buyerKey).toString('hex') };
    });
    if (isRefusal(linked)) return linked;
    const buyerKey = Uint8Array.from(Buffer.from(linked.id, 'hex'));
    await putKeyOnShelf(tx, shelfId, buyerKey);
    return { buyerKey };
  });
}
