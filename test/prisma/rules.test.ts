import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { createDatabase, type TestDatabase } from '../support/database.ts';

describe('the rules of the database', () => {
  let db: TestDatabase;
  before(async () => {
    db = await createDatabase();
  });
  after(() => db[Symbol.asyncDispose]());

  const account = (kind: 'node' | 'seller') =>
    db.prisma.ledgerAccount.create({ data: { kind, owner: randomBytes(4).toString('hex') } });

  const book = (amounts: { accountId: string; amountMsat: bigint }[]) =>
    db.prisma.ledgerTransaction.create({
      data: { kind: 'settlement', entries: { create: amounts } },
      include: { entries: true },
    });

  it('accepts a ledger transaction that sums to zero and keeps the balances', async () => {
    const [node, seller] = [await account('node'), await account('seller')];
    await book([
      { accountId: node.id, amountMsat: -700n },
      { accountId: seller.id, amountMsat: 700n },
    ]);
    const kept = await db.prisma.ledgerAccount.findUniqueOrThrow({ where: { id: seller.id } });
    assert.equal(kept.balanceMsat, 700n);
  });

  it('refuses a ledger transaction that does not sum to zero', async () => {
    const [node, seller] = [await account('node'), await account('seller')];
    const lopsided = book([
      { accountId: node.id, amountMsat: -700n },
      { accountId: seller.id, amountMsat: 699n },
    ]);
    await assert.rejects(lopsided, /sum to -1 msat/);
  });

  it('refuses a ledger transaction without entries', async () => {
    await assert.rejects(book([]), /has 0 entries/);
  });

  it('refuses to take a seller below zero', async () => {
    const [node, seller] = [await account('node'), await account('seller')];
    const overdrawn = book([
      { accountId: node.id, amountMsat: 1n },
      { accountId: seller.id, amountMsat: -1n },
    ]);
    await assert.rejects(overdrawn, /ledger_accounts_balance/);
  });

  it('never changes or deletes a ledger row', async () => {
    const [node, seller] = [await account('node'), await account('seller')];
    const { entries } = await book([
      { accountId: node.id, amountMsat: -5n },
      { accountId: seller.id, amountMsat: 5n },
    ]);
    const where = { id: entries[0]!.id };
    await assert.rejects(
      db.prisma.ledgerEntry.update({ where, data: { amountMsat: 6n } }),
      /ledger_entries rows are never changed/,
    );
    await assert.rejects(db.prisma.ledgerEntry.delete({ where }), /never changed/);
    await assert.rejects(
      db.prisma.$executeRaw`TRUNCATE ledger_transactions CASCADE`,
      /never changed/,
    );
    await assert.rejects(db.prisma.$executeRaw`DELETE FROM grant_log`, /never changed/);
  });

  it('refuses an invoice whose preimage does not open its payment hash, and one without an amount', async () => {
    const insert = (amountMsat: bigint) => db.prisma.$executeRaw`
      INSERT INTO invoices (payment_hash, order_id, preimage, amount_msat, expires_at)
      VALUES (${randomBytes(32)}, gen_random_uuid(), ${randomBytes(32)}, ${amountMsat}, now())`;
    await assert.rejects(insert(1n), /invoices_preimage_opens_hash/);
    await assert.rejects(insert(0n), /invoices_(amount|preimage)/);
  });

  it('has a migration for everything in schema.prisma', async () => {
    const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');
    const migrated = await read('../../prisma/migrations/migrated.prisma');
    assert.equal(await read('../../prisma/schema.prisma'), migrated);
  });
});
