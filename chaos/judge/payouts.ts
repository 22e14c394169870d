import { getChannelBalance } from 'ln-service';
import type { Stand } from '../stand.ts';
import { lndAt } from '../wallet.ts';

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
async function judgeNode({ db, stack, witness }: Stand): Promise<void> {
  if (stack.lightning.network !== 'sandbox') return;
  const lnd = lndAt(stack.lightning.nodes.market);
  const { channel_balance_mtokens } = await getChannelBalance({ lnd });
  const account = await db.prisma.ledgerAccount.findFirst({ where: { kind: 'node' } });
  const bookedMsat = -(account?.balanceMsat ?? 0n);
  witness.figures.set('node holds msat', Number(channel_balance_mtokens ?? 0));
  witness.figures.set('ledger holds msat', Number(bookedMsat));
}
