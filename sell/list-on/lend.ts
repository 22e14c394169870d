import { nowMs } from '../../flow/clock.ts';
import { issueGrant } from '../../flow/issue-grant.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';

const LENT_MS = 24 * 60 * 60 * 1000;
const WHOLE = { fromBlock: 0n, maxConnections: null };

/** Lets the seeders of another market replicate a feed for a day from now on: what is not renewed ends by itself. */
export async function lendTo(
  prisma: PrismaClient,
  { feedId, seeders, reason }: { feedId: string; seeders: readonly string[]; reason: string },
): Promise<void> {
  for (const seeder of seeders) {
    const buyerKey = Uint8Array.from(Buffer.from(seeder, 'hex'));
    await prisma.$transaction(async (tx) => {
      const now = await nowMs(tx);
      const held = await tx.grant.findUnique({ where: { feedId_buyerKey: { feedId, buyerKey } } });
      // What its seller has revoked stays so, and what lasts is not written down again each time.
      if (held?.state === 'revoked') return;
      const endsAtMs = held?.state === 'live' ? (held.expiresAt?.getTime() ?? null) : now;
      if (endsAtMs === null || endsAtMs - now > LENT_MS / 2) return;
      const durationMs = LENT_MS - Math.max(0, endsAtMs - now);
      const grant = { feedId, buyerKey, durationMs, reach: WHOLE, paymentHash: null, reason };
      const { writeLog } = await issueGrant(tx, { ...grant, nowMs: now });
      await writeLog();
    });
  }
}
