import type { Grant } from '../prisma/client/client.ts';
import { announceGrant } from './announce-grant.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';

const BATCH = 500;

/**
 * Records the end of a grant whose time is over. The seeder has cut it by its own clock already: this is the record.
 * A grant that was extended meanwhile goes on.
 *
 * @returns the time at which to look again, or null when there is nothing left to end
 */
export async function expireGrant(
  { prisma }: Pick<FlowDeps, 'prisma'>,
  grantId: string,
): Promise<{ lookAgainAtMs: number | null }> {
  return prisma.$transaction(async (tx) => {
    const grant = await lockGrant(tx, grantId);
    if (grant?.state !== 'live' || !grant.expiresAt) return { lookAgainAtMs: null };
    if (grant.expiresAt.getTime() > (await nowMs(tx))) {
      return { lookAgainAtMs: grant.expiresAt.getTime() };
    }
    await end(tx, grant, 'expired', null);
    return { lookAgainAtMs: null };
  });
}

/** The grants that should have ended and have not: what a lost job leaves behind. */
export async function overdueGrants({ prisma }: Pick<FlowDeps, 'prisma'>): Promise<string[]> {
  const now = new Date(await nowMs(prisma));
  const overdue = await prisma.grant.findMany({
    where: { state: 'live', expiresAt: { lte: now } },
    select: { id: true },
    take: BATCH,
  });
  return overdue.map(({ id }) => id);
}

/** Ends a live grant at once. Returns false when there is none. */
export async function revokeGrant(
  { prisma }: Pick<FlowDeps, 'prisma'>,
  grantId: string,
  reason: string,
): Promise<boolean> {
  return prisma.$transaction(async (tx) => {
    const grant = await lockGrant(tx, grantId);
    if (grant?.state !== 'live') return false;
    await end(tx, grant, 'revoked', reason);
    return true;
  });
}

async function lockGrant(tx: Tx, grantId: string): Promise<Grant | null> {
  await tx.$queryRaw`SELECT id FROM grants WHERE id = ${grantId}::uuid FOR UPDATE`;
  return tx.grant.findUnique({ where: { id: grantId } });
}

async function end(
  tx: Tx,
  grant: Grant,
  change: 'expired' | 'revoked',
  reason: string | null,
): Promise<void> {
  const { id: grantId, feedId, buyerKey, startsAt, expiresAt } = grant;
  await tx.grant.update({ where: { id: grantId }, data: { state: change } });
  await announceGrant(tx, `grant.${change}`, grant, reason);
  await tx.grantLog.createMany({
    data: { grantId, feedId, buyerKey, change, startsAt, expiresAt, reason },
  });
}
