import type { Payout } from '../../contract/payout.ts';
import type { Payout as PayoutRow } from '../../prisma/client/client.ts';

export function presentPayout(row: PayoutRow): Payout {
  return {
    id: row.id,
    state: row.state,
    orderId: row.orderId,
    bolt11: row.bolt11,
    paymentHash: Buffer.from(row.paymentHash).toString('hex'),
    amountMsat: row.amountMsat.toString(),
    maxFeeMsat: row.maxFeeMsat.toString(),
    feeMsat: row.feeMsat?.toString() ?? null,
    preimage: row.preimage && Buffer.from(row.preimage).toString('hex'),
    failure: row.failure,
    createdAtMs: row.createdAt.getTime(),
    endedAtMs: row.endedAt?.getTime() ?? null,
  };
}
