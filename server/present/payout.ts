import type { Balance, Movement, Payout } from '../../contract/payout.ts';
import type { Movement as MovementRow } from '../../flow/read-movements.ts';
import type { Balance as BalanceRow } from '../../flow/read-payouts.ts';
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

export function presentBalance(balance: BalanceRow): Balance {
  return {
    availableMsat: balance.availableMsat.toString(),
    lockedMsat: balance.lockedMsat.toString(),
    paidOutMsat: balance.paidOutMsat.toString(),
    feesMsat: balance.feesMsat.toString(),
  };
}

export function presentMovement({
  kind,
  amountMsat,
  orderId,
  payoutId,
  at,
}: MovementRow): Movement {
  return { kind, amountMsat: amountMsat.toString(), orderId, payoutId, atMs: at.getTime() };
}
