import type { Stand } from '../stand.ts';
import { balanceMsat } from '../wallet.ts';

/** What left the market is what payees received: each payout once, and none that failed. */
export async function judgePayouts(stand: Stand): Promise<void> {
  const { db, wallet, witness } = stand;
  const rows = await db.prisma.payout.findMany();
  const byHash = new Map(rows.map((row) => [Buffer.from(row.paymentHash).toString('hex'), row]));
  let receivedMsat = 0n;
  for (const { id, paymentHash, amountMsat } of witness.payouts) {
    const row = byHash.get(paymentHash);
    if (id && row?.id !== id)
      witness.violate('I5', 'loss', `payout ${id} was promised and is gone`);
    const got = await wallet.receivedMsat(paymentHash);
    receivedMsat += got;
    const isPaid = row?.state === 'paid';
    if (isPaid && got !== amountMsat) {
      witness.violate('I2', 'loss', `payout ${row.id}: ${got} of ${amountMsat} msat have arrived`);
    }
    if (!isPaid && got > 0n) {
      witness.violate(
        'I2',
        'double',
        `payout ${row?.id} is ${row?.state}, and ${got} msat have arrived`,
      );
    }
  }
  const paidMsat = rows
    .filter(({ state }) => state === 'paid')
    .reduce((sum, row) => sum + row.amountMsat, 0n);
  if (paidMsat !== receivedMsat) {
    witness.violate(
      'I2',
      'double',
      `payouts of ${paidMsat} msat are booked, ${receivedMsat} arrived`,
    );
  }
  for (const state of ['paid', 'failed', 'pending']) {
    witness.figures.set(`payouts ${state}`, rows.filter((row) => row.state === state).length);
  }
  await judgeNode(stand);
}

/** The books against the node itself: what the market's channels gained is what the ledger says came in, less what left. */
async function judgeNode(stand: Stand): Promise<void> {
  const { db, witness, heldAtStartMsat } = stand;
  const account = await db.prisma.ledgerAccount.findFirst({ where: { kind: 'node' } });
  const bookedMsat = -(account?.balanceMsat ?? 0n);
  const gainedMsat = (await balanceMsat(stand.stack.lightning)) - heldAtStartMsat;
  witness.figures.set('msat gained at the node', Number(gainedMsat));
  if (gainedMsat === bookedMsat) return;
  const kind = gainedMsat > bookedMsat ? 'loss' : 'double';
  witness.violate('I4', kind, `the node gained ${gainedMsat} msat, the ledger says ${bookedMsat}`);
}
