import type { PrismaClient } from '../prisma/client/client.ts';
import type { Mirror } from './mirror.ts';
import { type SealedBlock, sealedBlock } from './tried-seeds.ts';

const MAX_BYTES = 128 * 1024;

/** Keeps the first and the newest block of a sealed feed where the server tries on them what its seller hands over. */
export async function recordSamples(
  prisma: PrismaClient,
  { id: feedId, first: core }: Mirror,
  newest: SealedBlock,
): Promise<void> {
  const first = await sealedBlock(core, 0);
  for (const [place, block] of Object.entries({ first, newest })) {
    if (!block || block.raw.byteLength > MAX_BYTES) continue;
    const sample = {
      coreKey: Uint8Array.from(core.key),
      index: BigInt(block.index),
      raw: Uint8Array.from(block.raw),
    };
    const where = { feedId_place: { feedId, place } };
    await prisma.sealedSample.upsert({
      where,
      create: { feedId, place, ...sample },
      update: sample,
    });
  }
}
