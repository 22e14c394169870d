import type { PrismaClient } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps } from './deps.ts';

const BATCH = 500;
// Each costs a question to the node; older ones are asked for when their time is over.
const RECONCILED = 1_000;
const AT_ONCE = 16;

/** The hashes of hold invoices that wait to be paid: the newest, up to a bound. */
export async function awaitedHolds(prisma: PrismaClient, atMost: number): Promise<Uint8Array[]> {
  return hashesOf(
    await prisma.invoice.findMany({
      where: { hold: true, state: 'open', order: { state: 'open' } },
      orderBy: { createdAt: 'desc' },
      select: { paymentHash: true },
      take: atMost,
    }),
  );
}

/** Hold invoices that hold a payment at the node of which we have not heard. */
export async function missedHolds({
  prisma,
  lightning,
}: Pick<FlowDeps, 'prisma' | 'lightning'>): Promise<Uint8Array[]> {
  const awaited = await awaitedHolds(prisma, RECONCILED);
  const missed: Uint8Array[] = [];
  while (awaited.length > 0) {
    const some = awaited.splice(0, AT_ONCE);
    const invoices = await Promise.all(some.map((hash) => lightning.lookUpInvoice(hash)));
    missed.push(...some.filter((_, i) => invoices[i]?.state === 'held'));
  }
  return missed;
}

/**
 * Those of held payments that are neither taken nor given back, the most urgent ones first; and of hold invoices whose
 * time to be paid is over, for what arrived in the last instant may not have been heard.
 */
export async function unfinishedHolds(
  prisma: PrismaClient,
): Promise<{ held: Uint8Array[]; overdue: Uint8Array[] }> {
  const held = await prisma.invoice.findMany({
    where: { state: 'held' },
    orderBy: { holdEndsAt: 'asc' },
    select: { paymentHash: true },
    take: BATCH,
  });
  const now = new Date(await nowMs(prisma));
  const overdue = await prisma.invoice.findMany({
    where: { hold: true, state: { in: ['preparing', 'open'] }, expiresAt: { lte: now } },
    orderBy: { expiresAt: 'asc' },
    select: { paymentHash: true },
    take: BATCH,
  });
  return { held: hashesOf(held), overdue: hashesOf(overdue) };
}

function hashesOf(rows: { paymentHash: Uint8Array }[]): Uint8Array[] {
  return rows.map(({ paymentHash }) => paymentHash);
}
