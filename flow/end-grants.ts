import { isOver } from '../domain/grant.ts';
import { announceGrant } from './announce-grant.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';
import { grantLogRow } from './grant-log-row.ts';
import { grantStory } from './grant-story.ts';
import { asHeld, lockGrantById } from './lock-grant.ts';

const BATCH = 500;

/**
 * Records the end of a grant whose time is over. The seeder has cut it by its own clock already: this is the record.
 * A grant that was extended meanwhile goes on.
 *
 * @returns the time at which to look again, or null when there is nothing left to end
 */
export async function expireGrant(
  { prisma, log }: Pick<FlowDeps, 'prisma' | 'log'>,
  grantId: string,
): Promise<{ lookAgainAtMs: number | null }> {
  const { lookAgainAtMs, story } = await prisma.$transaction((tx) => expire(tx, grantId));
  if (story) log.info(story, 'expired');
  return { lookAgainAtMs };
}

type Story = Awaited<ReturnType<typeof grantStory>>;

async function expire(
  tx: Tx,
  grantId: string,
): Promise<{ lookAgainAtMs: number | null; story: Story | null }> {
  const grant = await lockGrantById(tx, grantId);
  if (grant?.state !== 'live' || !grant.expiresAt) return { lookAgainAtMs: null, story: null };
  if (!isOver(asHeld(grant), await nowMs(tx))) {
    return { lookAgainAtMs: grant.expiresAt.getTime(), story: null };
  }
  const story = await grantStory(tx, grant);
  await tx.grant.update({ where: { id: grantId }, data: { state: 'expired' } });
  await announceGrant(tx, 'grant.expired', grant);
  await tx.grantLog.createMany({ data: grantLogRow(grant, 'expired') });
  return { lookAgainAtMs: null, story };
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
