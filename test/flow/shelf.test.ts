import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { isRefusal } from '../../domain/refusal.ts';
import { openAccount } from '../../flow/accounts.ts';
import { adoptLatecomers, adoptShelf } from '../../flow/adopt-shelf.ts';
import { forget } from '../../flow/forget.ts';
import { readSession, readSessionEnd, saveSession } from '../../flow/sessions.ts';
import { findShelf, openShelf, putClaimKeyOnShelf, putKeyOnShelf } from '../../flow/shelf.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const DAY_MS = 86_400_000;
const NOBODY = { sellerId: null, shelfId: null };

describe('a shelf', () => {
  let db: TestDatabase;
  before(async () => {
    db = await createDatabase();
  });
  after(() => db[Symbol.asyncDispose]());

  const aKey = () => Uint8Array.from(randomBytes(32));
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const account = async () => {
    const email = `${randomBytes(6).toString('hex')}@example.org`;
    const opened = await openAccount(db.prisma, {
      name: 'Ada',
      email,
      password: 'a long password',
    });
    assert.ok(!isRefusal(opened));
    // A session is judged by the password that it was begun with: one without any is simpler here.
    await db.prisma.seller.update({ where: { id: opened.id }, data: { passwordHash: null } });
    return opened.id;
  };
  const keysOn = async (shelfId: string) =>
    (await db.prisma.shelfKey.findMany({ where: { shelfId } }))
      .map(({ buyerKey }) => hex(buyerKey))
      .sort();
  const shelfOf = async (sellerId: string) =>
    (await findShelf(db.prisma, { sellerId, shelfId: null }))!;

  it('of an account is one, however many open it at once', async () => {
    const sellerId = await account();
    const ids = await Promise.all(
      Array.from({ length: 8 }, () => openShelf(db.prisma, { sellerId, shelfId: null })),
    );
    assert.equal(new Set(ids).size, 1);
  });

  it('of an account is not found by its id without the login', async () => {
    const sellerId = await account();
    const shelfId = await openShelf(db.prisma, { sellerId, shelfId: null });
    assert.equal(await findShelf(db.prisma, { sellerId: null, shelfId }), null);
  });

  it('goes over with the session that logs in, or stays as it is', async () => {
    const sellerId = await account();
    const shelfId = await openShelf(db.prisma, NOBODY);
    const [plain, both, claim] = [aKey(), aKey(), aKey()];
    await putKeyOnShelf(db.prisma, shelfId, plain);
    await putClaimKeyOnShelf(db.prisma, shelfId, both);
    await putClaimKeyOnShelf(db.prisma, shelfId, claim);
    await putKeyOnShelf(db.prisma, await openShelf(db.prisma, { sellerId, shelfId: null }), both);

    const dying = db.prisma.$transaction(async (tx) => {
      await adoptShelf(tx, shelfId, sellerId);
      throw new Error('the server dies here');
    });
    await assert.rejects(dying, /dies here/);
    assert.equal((await keysOn(shelfId)).length, 3);

    const owner = { sellerId, shelfId };
    await Promise.all(['one', 'two'].map((id) => saveSession(db.prisma, id, { sellerId }, owner)));
    assert.ok(await readSession(db.prisma, 'one'));
    const accounts = await shelfOf(sellerId);
    assert.deepEqual(await keysOn(accounts), [plain, both, claim].map(hex).sort());
    assert.deepEqual(await keysOn(shelfId), []);
    const movable = await db.prisma.shelfKey.count({ where: { shelfId: accounts, isClaim: true } });
    assert.equal(movable, 2, 'what was typed as a claim code stays one');
  });

  it('loses nothing that another tab puts there while it goes over', async () => {
    const sellerId = await account();
    const shelfId = await openShelf(db.prisma, NOBODY);
    const keys = Array.from({ length: 30 }, aKey);
    const saving = saveSession(db.prisma, 'busy', { sellerId }, { sellerId, shelfId });
    await Promise.all([saving, ...keys.map((key) => putClaimKeyOnShelf(db.prisma, shelfId, key))]);
    await adoptLatecomers(db.prisma, shelfId, sellerId);
    assert.deepEqual(await keysOn(await shelfOf(sellerId)), keys.map(hex).sort());
  });

  it('of another account is not taken over', async () => {
    const [ada, eve] = [await account(), await account()];
    const shelfId = await openShelf(db.prisma, { sellerId: ada, shelfId: null });
    await putKeyOnShelf(db.prisma, shelfId, aKey());
    await saveSession(db.prisma, 'eve', { sellerId: eve }, { sellerId: eve, shelfId });
    assert.equal((await keysOn(shelfId)).length, 1);
  });

  it('of a browser is kept by its session for 30 days, and forgotten when that is over', async () => {
    const [seen, unseen] = [await openShelf(db.prisma, NOBODY), await openShelf(db.prisma, NOBODY)];
    const sellerId = await account();
    const accounts = await openShelf(db.prisma, { sellerId, shelfId: null });
    await saveSession(db.prisma, 'visitor', {}, NOBODY);
    assert.ok((await readSessionEnd(db.prisma, 'visitor'))! < Date.now() + DAY_MS);
    await saveSession(db.prisma, 'visitor', { shelfId: seen }, { sellerId: null, shelfId: seen });
    const end = (await readSessionEnd(db.prisma, 'visitor'))!;
    assert.ok(Math.abs(end - Date.now() - 30 * DAY_MS) < 60_000);
    const old = new Date(Date.now() - 33 * DAY_MS);
    await db.prisma.shelf.updateMany({
      where: { id: { in: [unseen, accounts] } },
      data: { seenAt: old },
    });
    await forget(db.prisma);
    const left = await db.prisma.shelf.findMany({
      where: { id: { in: [seen, unseen, accounts] } },
    });
    assert.deepEqual(left.map(({ id }) => id).sort(), [seen, accounts].sort());
  });
});
