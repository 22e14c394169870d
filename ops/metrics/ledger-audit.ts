import type { Prisma } from '../../prisma/client/client.ts';

/** Read within a tenth of a second or so, whatever the ledger's size. */
const TRANSACTIONS_PER_STEP = 20_000;
const NIL = '00000000-0000-0000-0000-000000000000';

interface Lopsided {
  id: string;
  sumMsat: bigint;
}
interface Reach {
  last: string | null;
  read: number;
  lopsided: Lopsided[];
}

/**
 * Whether every transaction of the ledger sums to zero: the newest ones at each step, and with them some of all others,
 * round after round. A ledger of up to 20,000 transactions is read whole each time.
 */
export class LedgerAudit {
  /** What each lopsided transaction that was found sums to, until a later round finds it right or gone. */
  #lopsided = new Map<string, bigint>();
  #found = new Map<string, bigint>();
  #roundFrom = NIL;
  #tailFrom: string | null = null;
  #roundEndedAtMs: number | null = null;

  /** When the last round through the whole ledger ended, by `performance.now()`; null: none has yet. */
  get roundEndedAtMs(): number | null {
    return this.#roundEndedAtMs;
  }

  /** How many transactions are known not to sum to zero, or to have fewer than two entries. */
  get lopsided(): number {
    return this.#lopsided.size;
  }

  /** By how much, in all: sums above and below zero do not make up for each other. */
  get imbalanceMsat(): bigint {
    const sums = [...this.#lopsided.values()];
    return sums.reduce((total, sum) => total + (sum < 0n ? -sum : sum), 0n);
  }

  /** Reads on. */
  async step(tx: Prisma.TransactionClient): Promise<void> {
    if (this.#tailFrom !== null) await this.#readTail(tx, this.#tailFrom);
    const reach = await read(tx, this.#roundFrom);
    for (const { id, sumMsat } of reach.lopsided) {
      this.#found.set(id, sumMsat);
      this.#lopsided.set(id, sumMsat);
    }
    this.#roundFrom = reach.last ?? this.#roundFrom;
    if (reach.read < TRANSACTIONS_PER_STEP) this.#endRound();
    this.#tailFrom ??= await newest(tx);
  }

  async #readTail(tx: Prisma.TransactionClient, from: string): Promise<void> {
    const reach = await read(tx, from);
    for (const { id, sumMsat } of reach.lopsided) this.#lopsided.set(id, sumMsat);
    this.#tailFrom = reach.last ?? from;
  }

  #endRound(): void {
    this.#lopsided = this.#found;
    this.#found = new Map();
    this.#roundFrom = NIL;
    this.#roundEndedAtMs = performance.now();
  }
}

// Ids are version 7: in the order in which they were made.
async function read(tx: Prisma.TransactionClient, from: string): Promise<Reach> {
  const [reach] = await tx.$queryRaw<[{ last: string | null; read: number }]>`
    SELECT (array_agg(id ORDER BY id DESC))[1]::text AS last, count(*)::int AS read FROM (
      SELECT id FROM ledger_transactions WHERE id > ${from}::uuid ORDER BY id LIMIT ${TRANSACTIONS_PER_STEP}) AS page`;
  if (reach.last === null) return { ...reach, lopsided: [] };
  const lopsided = await tx.$queryRaw<Lopsided[]>`
    SELECT t.id::text, coalesce(sum(e.amount_msat), 0)::int8 AS "sumMsat"
    FROM ledger_transactions t LEFT JOIN ledger_entries e ON e.transaction_id = t.id
    WHERE t.id > ${from}::uuid AND t.id <= ${reach.last}::uuid
    GROUP BY t.id HAVING coalesce(sum(e.amount_msat), 0) <> 0 OR count(e.id) < 2`;
  return { ...reach, lopsided };
}

async function newest(tx: Prisma.TransactionClient): Promise<string> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM ledger_transactions ORDER BY id DESC LIMIT 1`;
  return rows[0]?.id ?? NIL;
}
