import type { Entry } from '../domain/ledger.ts';
import type { Tx } from './deps.ts';

/** Why money moves: the settlement of a payment, or a step of a payout. Each is booked once. */
export type Occasion =
  | { kind: 'settlement'; paymentHash: Uint8Array<ArrayBuffer> }
  | { kind: 'payout-locked' | 'payout-paid' | 'payout-failed'; payoutId: string };

/** Writes one ledger transaction. Its entries come in the order in which accounts may be locked, and sum to zero. */
export async function book(tx: Tx, occasion: Occasion, entries: Entry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.ledgerAccount.createMany({
    data: entries.map((entry) => entry.account),
    skipDuplicates: true,
  });
  const accounts = await tx.ledgerAccount.findMany({
    where: { OR: entries.map((entry) => entry.account) },
  });
  const { id: transactionId } = await tx.ledgerTransaction.create({ data: occasion });
  await tx.ledgerEntry.createMany({
    data: entries.map(({ account, amountMsat }) => {
      const row = accounts.find((a) => a.kind === account.kind && a.owner === account.owner);
      if (!row) throw new Error(`no ledger account ${account.kind} of ${account.owner}`);
      return { transactionId, accountId: row.id, amountMsat };
    }),
  });
}
