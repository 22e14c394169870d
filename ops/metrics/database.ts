import { Gauge } from 'prom-client';
import type { Prisma, PrismaClient } from '../../prisma/client/client.ts';
import { countByState } from './estimate.ts';
import { LedgerAudit } from './ledger-audit.ts';
import { Source } from './source.ts';

const STATEMENT_TIMEOUT = '2s';
const TRANSACTION_LIMITS = { maxWait: 2_000, timeout: 8_000 };
const SEEDER_ALIVE_SECONDS = 30;

/** The numbers that stand in Postgres, read by whatever process is asked. */
export function databaseSource(prisma: PrismaClient): Source {
  const parts = [ledger(), states(), backlog(), seeders()];
  const gauges = parts.flatMap((part) => part.gauges);
  return new Source('database', gauges, () =>
    prisma.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(`SET LOCAL statement_timeout = '${STATEMENT_TIMEOUT}'`);
      for (const part of parts) await part.read(tx);
    }, TRANSACTION_LIMITS),
  );
}

interface Numbers {
  gauges: Gauge<string>[];
  read(tx: Prisma.TransactionClient): Promise<void>;
}

function gauge<Label extends string = never>(name: string, help: string, label?: Label) {
  return new Gauge<Label>({ name, help, labelNames: label ? [label] : [] });
}

function ledger(): Numbers {
  const audit = new LedgerAudit();
  const imbalance = gauge(
    'dazaar_ledger_imbalance_msat',
    'By how much the ledger is off, which must be 0: of `transactions` that do not sum to zero, and of all `balances` in sum.',
    'of',
  );
  const lopsided = gauge(
    'dazaar_ledger_lopsided_transactions',
    'Ledger transactions that do not sum to zero, which must be 0.',
  );
  const age = gauge(
    'dazaar_ledger_audit_age_seconds',
    'Since when the whole ledger was last gone through; left out before the first time.',
  );
  const balance = gauge(
    'dazaar_ledger_balance_msat',
    'What the accounts of a kind hold in all: owed to sellers, owed back, on its way out, earned; the node mirrors them, below zero.',
    'kind',
  );
  return {
    gauges: [imbalance, lopsided, age, balance],
    async read(tx) {
      await audit.step(tx);
      imbalance.set({ of: 'transactions' }, Number(audit.imbalanceMsat));
      lopsided.set(audit.lopsided);
      if (audit.roundEndedAtMs === null) age.remove({});
      else age.set((performance.now() - audit.roundEndedAtMs) / 1000);
      const rows = await tx.$queryRaw<{ kind: string; msat: number }[]>`
        SELECT k.kind::text, coalesce(sum(a.balance_msat), 0)::float8 AS msat
        FROM unnest(enum_range(NULL::ledger_account_kind)) AS k (kind)
        LEFT JOIN ledger_accounts a ON a.kind = k.kind GROUP BY k.kind`;
      for (const { kind, msat } of rows) balance.set({ kind }, msat);
      const [{ msat }] = await tx.$queryRaw<[{ msat: number }]>`
        SELECT coalesce(sum(balance_msat), 0)::float8 AS msat FROM ledger_accounts`;
      imbalance.set({ of: 'balances' }, msat);
    },
  };
}

function states(): Numbers {
  const invoices = gauge('dazaar_invoices', 'Invoices by state; estimated above 100,000.', 'state');
  const orders = gauge('dazaar_orders', 'Orders by state; estimated above 100,000.', 'state');
  const grants = gauge(
    'dazaar_grants',
    'Grants by state, as recorded; estimated above 100,000.',
    'state',
  );
  return {
    gauges: [invoices, orders, grants],
    async read(tx) {
      for (const [table, counted] of Object.entries({ invoices, orders, grants } as const)) {
        const rows = await countByState(tx, table as 'invoices' | 'orders' | 'grants');
        for (const { state, count } of rows) counted.set({ state }, count);
      }
    },
  };
}

interface Backlog {
  unmatched: number;
  payouts: number;
  payoutAge: number;
  outbox: number;
  outboxAge: number;
  overdue: number;
}

function backlog(): Numbers {
  const unmatched = gauge(
    'dazaar_unmatched_settlements',
    'Recorded payments to our node that belong to no order of ours.',
  );
  const payouts = gauge('dazaar_payouts_pending', 'Payouts that are on their way, or wait.');
  const payoutAge = gauge(
    'dazaar_payout_oldest_age_seconds',
    'How long the oldest pending payout has been there; 0 when there is none.',
  );
  const outbox = gauge(
    'dazaar_outbox_pending',
    'Events that nobody has been told of yet; counted up to 100,000.',
  );
  const outboxAge = gauge(
    'dazaar_outbox_oldest_age_seconds',
    'How long the oldest of them has waited; 0 when there is none.',
  );
  const overdue = gauge(
    'dazaar_grants_overdue',
    'Grants whose time was over a minute ago and whose end is not recorded; counted up to 100,000.',
  );
  return {
    gauges: [unmatched, payouts, payoutAge, outbox, outboxAge, overdue],
    async read(tx) {
      const [now] = await tx.$queryRaw<[Backlog]>`
        SELECT (SELECT count(*) FROM payments WHERE outcome = 'unknown')::int AS unmatched,
          (SELECT count(*) FROM payouts WHERE state = 'pending')::int AS payouts,
          (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)
            FROM payouts WHERE state = 'pending')::float8 AS "payoutAge",
          (SELECT count(*) FROM (SELECT 1 FROM outbox WHERE delivered_at IS NULL LIMIT 100000) o)::int AS outbox,
          (SELECT coalesce(extract(epoch FROM clock_timestamp() - (
            SELECT created_at FROM outbox WHERE delivered_at IS NULL ORDER BY id LIMIT 1)), 0))::float8 AS "outboxAge",
          (SELECT count(*) FROM (SELECT 1 FROM grants WHERE state = 'live'
            AND expires_at < clock_timestamp() - interval '1 minute' LIMIT 100000) g)::int AS overdue`;
      unmatched.set(now.unmatched);
      payouts.set(now.payouts);
      payoutAge.set(now.payoutAge);
      outbox.set(now.outbox);
      outboxAge.set(Math.max(0, now.outboxAge));
      overdue.set(now.overdue);
    },
  };
}

interface Lag {
  count: number;
  lagSeconds: number | null;
  skewSeconds: number | null;
}

function seeders(): Numbers {
  const count = gauge(
    'dazaar_seeders',
    'Seeders that showed themselves within the last 30 seconds.',
  );
  const lag = gauge(
    'dazaar_seeder_lag_seconds',
    'How long ago that one of them which is furthest behind had read the grant log to its end; left out without seeders.',
  );
  const skew = gauge(
    'dazaar_seeder_clock_skew_seconds',
    "By how much a seeder's clock differs from the database's, of those alive the most, whichever way; left out without seeders.",
  );
  return {
    gauges: [count, lag, skew],
    async read(tx) {
      const [row] = await tx.$queryRaw<[Lag]>`
        SELECT count(*)::int AS count, max(abs(s.clock_skew_ms) / 1000.0)::float8 AS "skewSeconds",
          max(greatest(0, extract(epoch FROM clock_timestamp() - least(s.grants_read_at, (
            SELECT g.at FROM grant_log g WHERE g.seq > s.grants_read_to ORDER BY g.seq LIMIT 1)))))::float8
            AS "lagSeconds"
        FROM seeders s WHERE s.seen_at > clock_timestamp() - make_interval(secs => ${SEEDER_ALIVE_SECONDS})`;
      count.set(row.count);
      setOrLeaveOut(lag, row.lagSeconds);
      setOrLeaveOut(skew, row.skewSeconds);
    },
  };
}

function setOrLeaveOut(gauge: Gauge, value: number | null): void {
  if (value === null) gauge.remove({});
  else gauge.set(value);
}
