import type { JobQueue } from '../ports/queue.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { tellWebhooks } from './tell-webhooks.ts';

const BATCH = 200;

/**
 * Turns what the outbox holds into jobs, for a grant that was issued or extended is to be ended at its time, and into
 * what sellers' webhooks are told. Relayed at least once; the jobs read what is true when they run.
 *
 * @returns how many rows were delivered
 */
export async function relayOutbox(prisma: PrismaClient, queue: JobQueue): Promise<number> {
  const rows = await prisma.outbox.findMany({
    where: { deliveredAt: null },
    orderBy: { id: 'asc' },
    take: BATCH,
  });
  for (const row of rows) {
    if (row.topic === 'grant.changed') await scheduleEnd(prisma, queue, row.subjectId);
  }
  const ids = rows.map(({ id }) => id);
  await tellWebhooks(prisma, ids);
  await prisma.outbox.updateMany({ where: { id: { in: ids } }, data: { deliveredAt: new Date() } });
  return rows.length;
}

async function scheduleEnd(prisma: PrismaClient, queue: JobQueue, grantId: string): Promise<void> {
  const grant = await prisma.grant.findUnique({ where: { id: grantId } });
  if (grant?.expiresAt) await queue.add('expire', grantId, grant.expiresAt.getTime());
}
