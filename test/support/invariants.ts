import assert from 'node:assert/strict';
import { auditBooks, auditGrowth } from '../../ops/audit/books.ts';
import { auditNode } from '../../ops/audit/node.ts';
import type { Lightning } from '../../ports/lightning.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';

/** Checks I1 and I2, and what is held, which is true at every instant, whatever is under way. */
export async function checkBooks(prisma: PrismaClient): Promise<void> {
  assert.deepEqual(await auditBooks(prisma), [], 'I1, I2: the books are in order');
}

/** Checks I1, I2 and I4: the last holds once everything has been worked off. */
export async function checkInvariants(prisma: PrismaClient, lightning: Lightning): Promise<void> {
  await checkBooks(prisma);
  const found = await auditNode(prisma, lightning);
  assert.deepEqual(found, [], 'I4: what the node has received is accounted for');
}

/** Checks that what feeds have grown by is as much as they hold, at every instant. */
export async function checkGrowth(prisma: PrismaClient): Promise<void> {
  assert.deepEqual(await auditGrowth(prisma), [], 'feeds have grown by what they hold');
}
