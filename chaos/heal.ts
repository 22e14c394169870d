import { setTimeout as sleep } from 'node:timers/promises';
import type { Stand } from './stand.ts';

const WITHIN_MS = 240_000;
const LOOK_EVERY_MS = 500;

/** What is still to be done, by name: nothing of it may be left once everything runs again. */
const OPEN_WORK = {
  'processes that are not up': async ({ parts }: Stand) =>
    parts.filter((part) => !part.isReady).length,
  'open orders': ({ db }: Stand) => db.prisma.order.count({ where: { state: 'open' } }),
  'held payments': ({ db }: Stand) => db.prisma.invoice.count({ where: { state: 'held' } }),
  'pending payouts': ({ db }: Stand) => db.prisma.payout.count({ where: { state: 'pending' } }),
  'outbox rows': ({ db }: Stand) => db.prisma.outbox.count({ where: { deliveredAt: null } }),
  'batches not appended': ({ db }: Stand) =>
    db.prisma.appendBatch.count({ where: { appendedAt: null } }),
  'due webhooks': ({ db }: Stand) =>
    db.prisma.webhookDelivery.count({
      where: { state: 'pending', nextAttemptAt: { lte: new Date() } },
    }),
  'grants over and not ended': ({ db }: Stand) =>
    db.prisma.grant.count({ where: { state: 'live', expiresAt: { lte: new Date() } } }),
};

/** Waits until everything is up and worked off, without lending a hand; how long each of it took, in ms. */
export async function heal(stand: Stand): Promise<Map<string, number>> {
  const startedAtMs = Date.now();
  const healed = new Map<string, number>();
  const left = new Map<string, number | string>();
  while (Date.now() - startedAtMs < WITHIN_MS) {
    left.clear();
    for (const [name, count] of Object.entries(OPEN_WORK)) {
      const open = await count(stand).catch((error: Error) => error.message);
      if (open !== 0) {
        left.set(name, open);
        healed.delete(name);
      } else if (!healed.has(name)) healed.set(name, Date.now() - startedAtMs);
    }
    stand.witness.phase = `healing (${[...left].map(([name, n]) => `${n} ${name}`).join(', ')})`;
    if (left.size === 0) return healed;
    await sleep(LOOK_EVERY_MS);
  }
  for (const [name, open] of left) {
    stand.witness.violate(
      'heal',
      'fault',
      `${open} ${name} after ${WITHIN_MS / 1000} s without faults`,
    );
  }
  return healed;
}
