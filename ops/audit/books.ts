import type { PrismaClient } from '../../prisma/client/client.ts';
import { broken, type Finding } from './finding.ts';

/** What must hold of the books at every instant, whatever is under way: money is neither made nor lost, and buys once. */
export function auditBooks(prisma: PrismaClient): Promise<Finding[]> {
  return broken({
    'every ledger transaction sums to zero': lopsidedTransactions(prisma),
    'balances are what was booked, and none is below zero': wrongBalances(prisma),
    'one payment is one credit and one change of a grant': paymentsNotBookedOnce(prisma),
    'an order is bought once': ordersBoughtTwice(prisma),
    'no order is paid without a payment': ordersPaidByNothing(prisma),
    'what is held or was given back has bought nothing': boughtByHeld(prisma),
    'what is held is taken once a seeder lets the buyer in, not before': takenUnserved(prisma),
    'an order waits for what is held for it': heldForNothing(prisma),
  });
}

/** What must hold of feeds at every instant. */
export function auditGrowth(prisma: PrismaClient): Promise<Finding[]> {
  return broken({ 'a feed has grown by the blocks and bytes of its cores': wrongGrowth(prisma) });
}

function lopsidedTransactions(prisma: PrismaClient): Promise<object[]> {
  return prisma.$queryRaw`
    SELECT t.id, sum(e.amount_msat) FROM ledger_transactions t LEFT JOIN ledger_entries e ON e.transaction_id = t.id
    GROUP BY t.id HAVING coalesce(sum(e.amount_msat), 0) <> 0 OR count(e.id) < 2`;
}

function wrongBalances(prisma: PrismaClient): Promise<object[]> {
  return prisma.$queryRaw`
    SELECT a.kind, a.owner, a.balance_msat, sum(e.amount_msat) FROM ledger_accounts a
    LEFT JOIN ledger_entries e ON e.account_id = a.id GROUP BY a.id
    HAVING a.balance_msat <> coalesce(sum(e.amount_msat), 0) OR (a.kind <> 'node' AND a.balance_msat < 0)`;
}

// A payment that bought something has one ledger transaction that credits it in full and one row of the grant log.
function paymentsNotBookedOnce(prisma: PrismaClient): Promise<object[]> {
  return prisma.$queryRaw`
    SELECT p.outcome, encode(p.payment_hash, 'hex') AS hash, t.transactions, t.credited, t.refundable, g.grants
    FROM payments p
    CROSS JOIN LATERAL (
      SELECT count(DISTINCT t.id) AS transactions,
        coalesce(sum(e.amount_msat) FILTER (WHERE a.kind IN ('seller', 'commission')), 0) AS credited,
        coalesce(sum(e.amount_msat) FILTER (WHERE a.kind = 'refundable'), 0) AS refundable
      FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
      JOIN ledger_accounts a ON a.id = e.account_id WHERE t.payment_hash = p.payment_hash) t
    CROSS JOIN LATERAL (SELECT count(*) AS grants FROM grant_log g WHERE g.payment_hash = p.payment_hash) g
    LEFT JOIN orders o ON o.id = p.order_id
    WHERE t.credited <> p.credited_msat OR t.refundable <> p.refundable_msat
      OR t.transactions <> (p.outcome <> 'unknown')::int
      OR g.grants <> (p.outcome IN ('settled', 'late_honoured'))::int
      OR (p.outcome IN ('settled', 'late_honoured') AND o.state <> 'paid')`;
}

function ordersBoughtTwice(prisma: PrismaClient): Promise<object[]> {
  return prisma.$queryRaw`
    SELECT order_id FROM payments WHERE outcome IN ('settled', 'late_honoured') GROUP BY order_id HAVING count(*) > 1`;
}

function ordersPaidByNothing(prisma: PrismaClient): Promise<object[]> {
  return prisma.$queryRaw`
    SELECT o.id FROM orders o WHERE o.state = 'paid' AND o.price_msat > 0 AND NOT EXISTS (
      SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.outcome IN ('settled', 'late_honoured'))`;
}

// Until it is taken, and when it is given back, a held payment leaves no trace in grants, payments and books.
function boughtByHeld(prisma: PrismaClient): Promise<object[]> {
  return prisma.$queryRaw`
    SELECT encode(i.payment_hash, 'hex') AS hash, i.state::text, o.state::text AS "order"
    FROM invoices i JOIN orders o ON o.id = i.order_id
    WHERE i.hold AND i.state IN ('held', 'cancelled') AND (
      o.state = 'paid' OR EXISTS (SELECT 1 FROM payments p WHERE p.payment_hash = i.payment_hash)
      OR EXISTS (SELECT 1 FROM grant_log g WHERE g.payment_hash = i.payment_hash)
      OR EXISTS (SELECT 1 FROM ledger_transactions t WHERE t.payment_hash = i.payment_hash))`;
}

function takenUnserved(prisma: PrismaClient): Promise<object[]> {
  return prisma.$queryRaw`
    SELECT encode(i.payment_hash, 'hex') AS hash FROM invoices i JOIN payments p ON p.payment_hash = i.payment_hash
    WHERE i.hold AND i.served_at IS NULL`;
}

function heldForNothing(prisma: PrismaClient): Promise<object[]> {
  return prisma.$queryRaw`
    SELECT o.id FROM invoices i JOIN orders o ON o.id = i.order_id WHERE i.state = 'held' AND o.state <> 'open'`;
}

function wrongGrowth(prisma: PrismaClient): Promise<object[]> {
  return prisma.$queryRaw`
    SELECT f.id, c.*, g.* FROM feeds f
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(length), 0) AS length, coalesce(sum(byte_length), 0) AS byte_length
      FROM feed_cores WHERE feed_id = f.id) c
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(blocks), 0) AS blocks, coalesce(sum(bytes), 0) AS bytes
      FROM feed_growth WHERE feed_id = f.id) g
    WHERE c.length <> g.blocks OR c.byte_length <> g.bytes`;
}
