import type { Grant, GrantChange, Prisma } from '../prisma/client/client.ts';

/** The row of the grant log that says how a grant was changed: all that a seeder has to know of it. */
export function grantLogRow(grant: Grant, change: GrantChange): Prisma.GrantLogCreateManyInput {
  const { id: grantId, feedId, buyerKey, startsAt, expiresAt, fromBlock, maxConnections } = grant;
  return { grantId, feedId, buyerKey, change, startsAt, expiresAt, fromBlock, maxConnections };
}
