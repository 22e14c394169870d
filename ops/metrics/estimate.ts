import type { Prisma } from '../../prisma/client/client.ts';

/** Up to here rows are counted; beyond it, Postgres' statistics are asked. */
const COUNTED = 100_000;

/** Where rows are counted by state: each table has an index that begins with it. */
const STATES = {
  invoices: ['preparing', 'open', 'held', 'settled', 'cancelled'],
  orders: ['open', 'paid', 'lapsed'],
  grants: ['live', 'expired', 'revoked'],
} as const;

type Table = keyof typeof STATES;
type StateOf<T extends Table> = (typeof STATES)[T][number];
interface Plan {
  'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }];
}

/**
 * How many rows of a table are in each state: exactly while they are few, in an index; as Postgres estimates where they
 * are many, which is some per cent off.
 */
export async function countByState<T extends Table>(
  tx: Prisma.TransactionClient,
  table: T,
): Promise<Map<StateOf<T>, number>> {
  const counts = new Map<StateOf<T>, number>();
  for (const state of STATES[table]) counts.set(state, await countOne(tx, table, state));
  return counts;
}

// Both names come from the list above, never from outside.
async function countOne(
  tx: Prisma.TransactionClient,
  table: Table,
  state: string,
): Promise<number> {
  const rows = `SELECT 1 FROM ${table} WHERE state = '${state}'`;
  const [counted] = await tx.$queryRawUnsafe<[{ count: number }]>(
    `SELECT count(*)::int AS count FROM (${rows} LIMIT ${COUNTED}) AS some`,
  );
  if (counted.count < COUNTED) return counted.count;
  const [plan] = await tx.$queryRawUnsafe<[Plan]>(`EXPLAIN (FORMAT JSON) ${rows}`);
  return Math.max(COUNTED, plan['QUERY PLAN'][0].Plan['Plan Rows']);
}
