import assert from 'node:assert/strict';
import type { Lightning } from '../../ports/lightning.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';

/** Checks I1 and I2, and what is held, which is true at every instant, whatever is under way. */
export async function checkBooks(prisma: PrismaClient): Promise<void> {
  await noLopsidedTransaction(prisma);
  await noWrongBalance(prisma);
  await onceOnly(prisma);
  await heldBuysNothing(prisma);
}

/** Checks I1, I2 and I4: the last holds once everything has been worked off. */
export async function checkInvariants(prisma: PrismaClient, lightning: Lightning): Promise<void> {
  await checkBooks(prisma);
  await allAccountedFor(prisma, lightning);
  await holdsAreAsTheNodeSays(prisma, lightning);
}

/** Checks that what feeds have grown by is as much as they hold, at every instant. */
export async function checkGrowth(prisma: PrismaClient): Promise<void> {
  const wrong = await prisma.$queryRaw<object[]>`
    SELECT f.id, c.*, g.* FROM feeds f
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(length), 0) AS length, coalesce(sum(byte_length), 0) AS byte_length
      FROM feed_cores WHERE feed_id = f.id) c
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(blocks), 0) AS blocks, coalesce(sum(bytes), 0) AS bytes
      FROM feed_growth WHERE feed_id = f.id) g
    WHERE c.length <> g.blocks OR c.byte_length <> g.bytes`;
  assert.deepEqual(wrong, [], 'a feed has grown by the blocks and bytes of its cores');
}

async function noLopsidedTransaction(prisma: PrismaClient): Promise<void> {
  const lopsided = await prisma.$queryRaw<object[]>`
    SELECT t.id, sum(e.amount_msat) FROM ledger_transactions t LEFT JOIN ledger_entries e ON e.transaction_id = t.id
    GROUP BY t.id HAVING coalesce(sum(e.amount_msat), 0) <> 0 OR count(e.id) < 2`;
  assert.deepEqual(lopsided, [], 'I1: every ledger transaction sums to zero');
}

async function noWrongBalance(prisma: PrismaClient): Promise<void> {
  const wrong = await prisma.$queryRaw<object[]>`
    SELECT a.kind, a.owner, a.balance_msat, sum(e.amount_msat) FROM ledger_accounts a
    LEFT JOIN ledger_entries e ON e.account_id = a.id GROUP BY a.id
    HAVING a.balance_msat <> coalesce(sum(e.amount_msat), 0) OR (a.kind <> 'node' AND a.balance_msat < 0)`;
  assert.deepEqual(wrong, [], 'I1: balances are what was booked, and none is below zero');
}

// A payment that bought something has one ledger transaction that credits it in full and one row of the grant log.
async function onceOnly(prisma: PrismaClient): Promise<void> {
  const wrong = await prisma.$queryRaw<object[]>`
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
  assert.deepEqual(wrong, [], 'I2: one payment is one credit and one change of a grant');
  const twice = await prisma.$queryRaw<object[]>`
    SELECT order_id FROM payments WHERE outcome IN ('settled', 'late_honoured') GROUP BY order_id HAVING count(*) > 1`;
  assert.deepEqual(twice, [], 'I2: an order is bought once');
  const unpaid = await prisma.$queryRaw<object[]>`
    SELECT o.id FROM orders o WHERE o.state = 'paid' AND o.price_msat > 0 AND NOT EXISTS (
      SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.outcome IN ('settled', 'late_honoured'))`;
  assert.deepEqual(unpaid, [], 'I2: no order is paid without a payment');
}

// Until it is taken, and when it is given back, a held payment leaves no trace in grants, payments and books; and it is
// taken only once a seeder has let the buyer in.
async function heldBuysNothing(prisma: PrismaClient): Promise<void> {
  const bought = await prisma.$queryRaw<object[]>`
    SELECT encode(i.payment_hash, 'hex') AS hash, i.state::text, o.state::text AS "order"
    FROM invoices i JOIN orders o ON o.id = i.order_id
    WHERE i.hold AND i.state IN ('held', 'cancelled') AND (
      o.state = 'paid' OR EXISTS (SELECT 1 FROM payments p WHERE p.payment_hash = i.payment_hash)
      OR EXISTS (SELECT 1 FROM grant_log g WHERE g.payment_hash = i.payment_hash)
      OR EXISTS (SELECT 1 FROM ledger_transactions t WHERE t.payment_hash = i.payment_hash))`;
  assert.deepEqual(bought, [], 'I2: what is held or was given back has bought nothing');
  const unserved = await prisma.$queryRaw<object[]>`
    SELECT encode(i.payment_hash, 'hex') AS hash FROM invoices i JOIN payments p ON p.payment_hash = i.payment_hash
    WHERE i.hold AND i.served_at IS NULL`;
  assert.deepEqual(
    unserved,
    [],
    'I2: what is held is taken once a seeder lets the buyer in, not before',
  );
  const stuck = await prisma.$queryRaw<object[]>`
    SELECT o.id FROM invoices i JOIN orders o ON o.id = i.order_id WHERE i.state = 'held' AND o.state <> 'open'`;
  assert.deepEqual(stuck, [], 'I2: an order waits for what is held for it');
}

async function holdsAreAsTheNodeSays(prisma: PrismaClient, lightning: Lightning): Promise<void> {
  const holds = await prisma.invoice.findMany({ where: { hold: true, bolt11: { not: null } } });
  for (const { paymentHash, state } of holds) {
    const atNode = await lightning.lookUpInvoice(paymentHash);
    // One that nobody paid is cancelled by the node at its expiry, which nobody is told.
    if (state === 'open' && atNode?.state === 'cancelled') continue;
    const name = Buffer.from(paymentHash).toString('hex');
    assert.equal(state, atNode?.state, `I4: ${name} is recorded as the node says`);
  }
}

async function allAccountedFor(prisma: PrismaClient, lightning: Lightning): Promise<void> {
  for await (const { paymentHash, receivedMsat } of lightning.settledSince(0)) {
    const hash = Uint8Array.from(paymentHash);
    const payment = await prisma.payment.findUnique({ where: { paymentHash: hash } });
    const name = Buffer.from(hash).toString('hex');
    assert.ok(payment, `I4: ${name} was settled at the node and is not recorded`);
    assert.equal(payment.receivedMsat, receivedMsat, `I4: ${name} is recorded with its amount`);
  }
}
