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
interface Plan {
  'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }];
}

/**
 * How many rows of a table are in each state: exactly while they are few, in an index; as Postgres estimates where they
 * are many, which is some per cent off.
 */
export async function countByState(
  tx: Prisma.TransactionClient,
  table: Table,
): Promise<{ state: string; count: number }[]> {
  // All names come from the list above, never from outside.
  const counting = STATES[table].map(
    (state) => `SELECT '${state}' AS state, count(*)::int AS count
      FROM (${rowsOf(table, state)} LIMIT ${COUNTED}) AS page`,
  );
  const counted = await tx.$queryRawUnsafe<{ state: string; count: number }[]>(
    counting.join(' UNION ALL '),
  );
  for (const row of counted) {
    if (row.count === COUNTED) row.count = Math.max(COUNTED, await estimate(tx, table, row.state));
  }
  return counted;
}

async function estimate(
  tx: Prisma.TransactionClient,
  table: Table,
  state: string,
): Promise<number> {
  const [plan] = await tx.$queryRawUnsafe<[Plan]>(`EXPLAIN (FORMAT JSON) ${rowsOf(table, state)}`);
  return plan['QUERY PLAN'][0].Plan['Plan Rows'];
}

function rowsOf(table: Table, state: string): string {
  return `SELECT 1 FROM ${table} WHERE state = '${state}'`;
}
