import type { Lightning } from '../../ports/lightning.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { broken, type Finding } from './finding.ts';

/** Whether what the node has received is what is recorded: to be asked once everything under way has been worked off. */
export function auditNode(prisma: PrismaClient, lightning: Lightning): Promise<Finding[]> {
  return broken({
    'what was settled at the node is recorded, with its amount': notRecorded(prisma, lightning),
    'a held payment is recorded as the node says': holdsThatDiffer(prisma, lightning),
  });
}

/**
 * Whether what the node has sent is what was paid out. Someone who spends from the same node by other means is found
 * here too; so is a payout that a restored database has forgotten, whose money its seller could take again.
 */
export function auditPayouts(prisma: PrismaClient, payer: Lightning): Promise<Finding[]> {
  return broken({
    'what the node has sent is a payout, with its amount': notPaidOut(prisma, payer),
  });
}

async function notRecorded(prisma: PrismaClient, lightning: Lightning): Promise<object[]> {
  const missing: object[] = [];
  for await (const { paymentHash, receivedMsat } of lightning.settledSince(0)) {
    const payment = await prisma.payment.findUnique({
      where: { paymentHash: Uint8Array.from(paymentHash) },
    });
    if (payment?.receivedMsat === receivedMsat) continue;
    missing.push({
      hash: hex(paymentHash),
      receivedMsat,
      recordedMsat: payment?.receivedMsat ?? null,
    });
  }
  return missing;
}

async function holdsThatDiffer(prisma: PrismaClient, lightning: Lightning): Promise<object[]> {
  const holds = await prisma.invoice.findMany({ where: { hold: true, bolt11: { not: null } } });
  const differing: object[] = [];
  for (const { paymentHash, state } of holds) {
    const atNode = (await lightning.lookUpInvoice(paymentHash))?.state ?? 'unknown';
    // One that nobody paid is cancelled by the node at its expiry, which nobody is told.
    if (state === atNode || (state === 'open' && atNode === 'cancelled')) continue;
    differing.push({ hash: hex(paymentHash), recorded: state, atNode });
  }
  return differing;
}

async function notPaidOut(prisma: PrismaClient, payer: Lightning): Promise<object[]> {
  const unknown: object[] = [];
  for await (const { paymentHash, amountMsat, feeMsat } of payer.sent()) {
    const payout = await prisma.payout.findUnique({
      where: { paymentHash: Uint8Array.from(paymentHash) },
    });
    if (payout?.state === 'pending') continue;
    if (payout?.state === 'paid' && payout.amountMsat === amountMsat) continue;
    unknown.push({ hash: hex(paymentHash), amountMsat, feeMsat, payout: payout?.state ?? null });
  }
  return unknown;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
