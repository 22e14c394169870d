import type { HeldGrant } from '../domain/grant.ts';
import type { Grant } from '../prisma/client/client.ts';
import type { Tx } from './deps.ts';

/**
 * The grant of a buyer key, locked until the transaction ends. The lock also covers a grant that is not there yet: two
 * first purchases of one key wait for each other.
 */
export async function lockGrant(
  tx: Tx,
  feedId: string,
  buyerKey: Uint8Array<ArrayBuffer>,
): Promise<Grant | null> {
  const name = `grant:${feedId}:${Buffer.from(buyerKey).toString('hex')}`;
  await tx.$queryRaw`SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))) AS locked`;
  await tx.$queryRaw`SELECT id FROM grants WHERE feed_id = ${feedId}::uuid AND buyer_key = ${buyerKey} FOR UPDATE`;
  return tx.grant.findUnique({ where: { feedId_buyerKey: { feedId, buyerKey } } });
}

/** A grant by its id, locked until the transaction ends. */
export async function lockGrantById(tx: Tx, id: string): Promise<Grant | null> {
  await tx.$queryRaw`SELECT id FROM grants WHERE id = ${id}::uuid FOR UPDATE`;
  return tx.grant.findUnique({ where: { id } });
}

/** A grant's row in the domain's words. */
export function asHeld({ state, startsAt, expiresAt }: Grant): HeldGrant {
  return { state, startsAtMs: startsAt.getTime(), expiresAtMs: expiresAt?.getTime() ?? null };
}
