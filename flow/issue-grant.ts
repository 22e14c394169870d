import { extend } from '../domain/grant.ts';
import { extendReach, type Reach } from '../domain/reach.ts';
import type { Grant } from '../prisma/client/client.ts';
import type { Tx } from './deps.ts';
import { grantLogRow } from './grant-log-row.ts';
import { asHeld, lockGrant } from './lock-grant.ts';

export interface GrantPurchase {
  feedId: string;
  buyerKey: Uint8Array<ArrayBuffer>;
  durationMs: number | null;
  reach: Reach;
  paymentHash: Uint8Array<ArrayBuffer> | null;
  /** What else than a purchase it comes from. */
  reason?: string;
  nowMs: number;
}

/** A grant that was issued or extended, and how. */
interface Given {
  grant: Grant;
  change: 'issued' | 'extended';
}

/** What a log says of it. */
export function grantFields({ grant, change }: Given) {
  const { id: grantId, feedId, expiresAt } = grant;
  return { grantId, feedId, change, expiresAt };
}

/**
 * Issues or extends the grant of a buyer key, within the transaction that records why. The row of the grant log is to
 * be the transaction's last write: its number is taken under a lock.
 *
 * @returns the grant, how it changed, and the writing of its log row
 */
export async function issueGrant(
  tx: Tx,
  purchase: GrantPurchase,
): Promise<Given & { writeLog: () => Promise<void> }> {
  const { feedId, buyerKey, paymentHash, reason = null, nowMs } = purchase;
  const held = await lockGrant(tx, feedId, buyerKey);
  const live = held?.state === 'live' ? asHeld(held) : null;
  const { change, term } = extend(live, purchase.durationMs, nowMs);
  const data = {
    state: 'live' as const,
    startsAt: new Date(term.startsAtMs),
    expiresAt: term.expiresAtMs === null ? null : new Date(term.expiresAtMs),
    ...extendReach(change === 'extended' ? held : null, purchase.reach),
  };
  const grant = held
    ? await tx.grant.update({ where: { id: held.id }, data })
    : await tx.grant.create({ data: { feedId, buyerKey, ...data } });
  const writeLog = async () => {
    await tx.grantLog.createMany({ data: { ...grantLogRow(grant, change), paymentHash, reason } });
  };
  return { grant, change, writeLog };
}
