import { type DayRange, daysOf } from '../domain/day-range.ts';
import { Prisma, type PrismaClient } from '../prisma/client/client.ts';

/** Whose figures, of which listing, and of which days. */
export interface AnalyticsScope {
  sellerId: string;
  listingSlug: string | undefined;
  range: DayRange;
}

export interface FunnelDay {
  day: string;
  views: number;
  orders: number;
  paid: number;
}

/** Visitors, orders placed and orders paid, by the day on which each happened. */
export async function readFunnel(
  prisma: PrismaClient,
  scope: AnalyticsScope,
): Promise<FunnelDay[]> {
  const { from, to } = scope.range;
  const rows = await prisma.$queryRaw<FunnelDay[]>`
    WITH own AS (${ownListings(scope)}), events AS (
      SELECT v.day, 'views' AS what FROM listing_views v JOIN own ON own.id = v.listing_id
      WHERE v.day BETWEEN ${from}::date AND ${to}::date
      UNION ALL
      SELECT ${dayIn('o.created_at')}, 'orders' FROM orders o JOIN own ON own.id = o.listing_id
      WHERE ${within('o.created_at', scope)}
      UNION ALL
      SELECT ${dayIn('o.paid_at')}, 'paid' FROM orders o JOIN own ON own.id = o.listing_id
      WHERE ${within('o.paid_at', scope)})
    SELECT day::text, count(*) FILTER (WHERE what = 'views')::int AS views,
           count(*) FILTER (WHERE what = 'orders')::int AS orders,
           count(*) FILTER (WHERE what = 'paid')::int AS paid
    FROM events GROUP BY day`;
  return daily(scope, rows, (day) => ({ day, views: 0, orders: 0, paid: 0 }));
}

export interface Money {
  payments: number;
  grossMsat: bigint;
  commissionMsat: bigint;
  netMsat: bigint;
  refundableMsat: bigint;
}

export interface PlanRevenue extends Money {
  day: string;
  listing: string;
  plan: string;
}

/** What the ledger booked for the seller's orders, by day and plan; days on which nothing was booked are left out. */
export async function readRevenue(
  prisma: PrismaClient,
  scope: AnalyticsScope,
): Promise<PlanRevenue[]> {
  return prisma.$queryRaw<PlanRevenue[]>`
    WITH own AS (${ownListings(scope)})
    SELECT ${dayIn('t.at')}::text AS day, own.slug AS listing, pl.name AS plan,
           count(DISTINCT t.id)::int AS payments,
           ${sumOf(['seller', 'commission'])} AS "grossMsat", ${sumOf(['commission'])} AS "commissionMsat",
           ${sumOf(['seller'])} AS "netMsat", ${sumOf(['refundable'])} AS "refundableMsat"
    FROM own
    JOIN orders o ON o.listing_id = own.id
    JOIN plans pl ON pl.id = o.plan_id
    JOIN payments p ON p.order_id = o.id
    JOIN ledger_transactions t ON t.payment_hash = p.payment_hash
    JOIN ledger_entries e ON e.transaction_id = t.id
    JOIN ledger_accounts a ON a.id = e.account_id
    WHERE ${within('t.at', scope)}
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
}

export interface GrantDay {
  day: string;
  active: number;
  issued: number;
}

/**
 * How many grants were live at the end of each day, or now for today, and how many began. Each row of the grant log
 * that gives access does so until the next row of its grant, or until its own end.
 */
export async function readGrantHistory(
  prisma: PrismaClient,
  scope: AnalyticsScope,
): Promise<GrantDay[]> {
  const { from, to } = scope.range;
  return prisma.$queryRaw<GrantDay[]>`
    WITH own AS (${ownListings(scope)}), log AS (
      SELECT g.change, g.at, g.expires_at, lead(g.at) OVER (PARTITION BY g.grant_id ORDER BY g.seq) AS next_at
      FROM grant_log g JOIN feeds f ON f.id = g.feed_id JOIN own ON own.id = f.listing_id
    ), spans AS (
      SELECT at AS since, least(next_at, expires_at) AS until FROM log
      WHERE change IN ('issued', 'extended', 'restored')
    ), steps AS (
      SELECT since AS at, 1 AS step FROM spans
      UNION ALL
      SELECT greatest(since, until), -1 FROM spans WHERE until <= now()
    ), changes AS (
      SELECT greatest(${dayIn('at')}, ${from}::date - 1) AS day, sum(step) AS step FROM steps GROUP BY 1
    ), running AS MATERIALIZED (
      SELECT day, sum(step) OVER (ORDER BY day) AS active FROM changes
    ), begun AS MATERIALIZED (
      SELECT ${dayIn('at')} AS day, count(*)::int AS issued FROM log WHERE change = 'issued' GROUP BY 1
    )
    SELECT d.day::date::text AS day,
           coalesce((SELECT r.active FROM running r WHERE r.day <= d.day ORDER BY r.day DESC LIMIT 1), 0)::int AS active,
           coalesce(begun.issued, 0) AS issued
    FROM generate_series(${from}::date, ${to}::date, '1 day') AS d (day)
    LEFT JOIN begun ON begun.day = d.day::date ORDER BY 1`;
}

export interface Served {
  day: string;
  listing: string;
  transport: 'swarm' | 'http';
  buyers: number;
  blocks: bigint;
  bytes: bigint;
}

/** What seeders served, by day, listing and transport; what nobody asked for is left out. */
export async function readUsage(prisma: PrismaClient, scope: AnalyticsScope): Promise<Served[]> {
  return prisma.$queryRaw<Served[]>`
    WITH own AS (${ownListings(scope)})
    SELECT ${dayIn('u.hour')}::text AS day, own.slug AS listing, u.transport::text AS transport,
           count(DISTINCT u.buyer_key)::int AS buyers, sum(u.blocks)::int8 AS blocks, sum(u.bytes)::int8 AS bytes
    FROM usage u JOIN feeds f ON f.id = u.feed_id JOIN own ON own.id = f.listing_id
    WHERE ${within('u.hour', scope)}
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;
}

function ownListings({ sellerId, listingSlug }: AnalyticsScope): Prisma.Sql {
  const one = listingSlug === undefined ? Prisma.empty : Prisma.sql`AND slug = ${listingSlug}`;
  return Prisma.sql`SELECT id, slug FROM listings WHERE seller_id = ${sellerId}::uuid ${one}`;
}

/** @param column never what a caller says */
function dayIn(column: string): Prisma.Sql {
  return Prisma.raw(`(${column} AT TIME ZONE 'UTC')::date`);
}

function within(column: string, { range: { from, to } }: AnalyticsScope): Prisma.Sql {
  const time = Prisma.raw(column);
  return Prisma.sql`${time} >= ${from}::date::timestamp AT TIME ZONE 'UTC'
    AND ${time} < (${to}::date + 1)::timestamp AT TIME ZONE 'UTC'`;
}

function sumOf(kinds: ('seller' | 'commission' | 'refundable')[]): Prisma.Sql {
  const named = Prisma.raw(kinds.map((kind) => `'${kind}'`).join(', '));
  return Prisma.sql`coalesce(sum(e.amount_msat) FILTER (WHERE a.kind IN (${named})), 0)::int8`;
}

function daily<T extends { day: string }>(
  { range }: AnalyticsScope,
  rows: T[],
  empty: (day: string) => T,
): T[] {
  const byDay = new Map(rows.map((row) => [row.day, row]));
  return daysOf(range).map((day) => byDay.get(day) ?? empty(day));
}
