import type { Reach } from '../domain/reach.ts';
import type { Grant } from '../prisma/client/client.ts';
import type { GateGrant } from './gate.ts';

/** A grant, or the row of the log that told of it last, in the gate's words. */
export function gateGrantOf(
  row: Pick<Grant, 'buyerKey' | 'feedId' | 'expiresAt' | keyof Reach>,
): GateGrant {
  const { buyerKey, feedId, expiresAt, fromBlock, maxConnections } = row;
  const expiresAtMs = expiresAt?.getTime() ?? null;
  return { buyerKey, feedId, expiresAtMs, fromBlock: Number(fromBlock), maxConnections };
}
