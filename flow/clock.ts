import type { Tx } from './deps.ts';

/** The one clock that orders and grants are judged by: the database's. */
export async function nowMs(tx: Pick<Tx, '$queryRaw'>): Promise<number> {
  const [row] = await tx.$queryRaw<[{ now: Date }]>`SELECT clock_timestamp() AS now`;
  return row.now.getTime();
}
