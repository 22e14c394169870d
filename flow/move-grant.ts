import { cutShort, isOver, leftOf } from '../domain/grant.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Grant } from '../prisma/client/client.ts';
import { announce } from './announce.ts';
import { type GrantListing, grantAnnouncement } from './announce-grant.ts';
import { nowMs } from './clock.ts';
import type { Tx } from './deps.ts';
import { grantLogRow } from './grant-log-row.ts';
import { issueGrant } from './issue-grant.ts';
import { asHeld, lockGrant } from './lock-grant.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const REASON = 'transferred';

export interface Move {
  feedId: string;
  listing: GrantListing;
  fromKey: Bytes;
  toKey: Bytes;
}

/** Moves what is left of one key's time to another key, within a transaction that records who wanted it. */
export async function moveGrant(tx: Tx, move: Move): Promise<Grant | Refusal> {
  const { feedId, listing, toKey } = move;
  const from = await lockBoth(tx, move);
  const now = await nowMs(tx);
  if (from?.state !== 'live' || isOver(asHeld(from), now)) {
    return refuse('grant-not-live', `This key has no live grant for "${listing.slug}".`);
  }
  const cut = await endNow(tx, from, now);
  const durationMs = leftOf(asHeld(from), now);
  const { fromBlock, maxConnections } = from;
  const reach = { fromBlock, maxConnections };
  const purchase = { feedId, buyerKey: toKey, durationMs, reach, paymentHash: null, nowMs: now };
  const { grant, change, writeLog } = await issueGrant(tx, { ...purchase, reason: REASON });
  await announce(
    tx,
    grantAnnouncement('grant.revoked', cut, listing, REASON),
    grantAnnouncement(`grant.${change}`, grant, listing, REASON),
    { topic: 'grant.changed', subjectId: grant.id },
  );
  await tx.grantLog.createMany({ data: { ...grantLogRow(cut, 'revoked'), reason: REASON } });
  await writeLog();
  return grant;
}

// In one order always: two moves in opposite directions wait for each other.
async function lockBoth(tx: Tx, { feedId, fromKey, toKey }: Move): Promise<Grant | null> {
  if (Buffer.compare(fromKey, toKey) < 0) {
    const from = await lockGrant(tx, feedId, fromKey);
    await lockGrant(tx, feedId, toKey);
    return from;
  }
  await lockGrant(tx, feedId, toKey);
  return lockGrant(tx, feedId, fromKey);
}

async function endNow(tx: Tx, grant: Grant, now: number): Promise<Grant> {
  const expiresAt = new Date(cutShort(asHeld(grant), now).expiresAtMs as number);
  return tx.grant.update({ where: { id: grant.id }, data: { state: 'revoked', expiresAt } });
}
