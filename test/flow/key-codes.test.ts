import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isRefusal } from '../../domain/refusal.ts';
import { forget } from '../../flow/forget.ts';
import { makeKeyCode, redeemKeyCode } from '../../flow/key-codes.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const keys = marketKeys(Buffer.alloc(32, 7));

describe('a key code', () => {
  let db: TestDatabase;
  before(async () => {
    db = await createDatabase();
  });
  after(() => db[Symbol.asyncDispose]());

  const deps = () => ({ prisma: db.prisma, keys });
  const ask = (key: BuyerKey, issuedAtMs = Date.now()) => {
    const { signature } = key.keyCodeRequest({ deps: { keys } }, issuedAtMs);
    const buyerKey = Uint8Array.from(key.keyPair.publicKey);
    return makeKeyCode(deps(), {
      buyerKey,
      issuedAtMs,
      signature: Uint8Array.from(Buffer.from(signature, 'hex')),
    });
  };
  const codeOf = async (key: BuyerKey, issuedAtMs?: number) => {
    const made = await ask(key, issuedAtMs);
    assert.ok(!isRefusal(made));
    return made.code;
  };
  const redeemed = async (code: string) => {
    const result = await redeemKeyCode(deps(), code);
    return isRefusal(result) ? result.refused : Buffer.from(result.buyerKey).toString('hex');
  };

  it('tells the key that asked for it, however it is typed', async () => {
    const spellings = [
      (code: string) => code,
      (code: string) => code.toLowerCase(),
      (code: string) => ` ${code.replace('-', ' ')} `,
      (code: string) => code.replaceAll('0', 'o').replaceAll('1', 'l').replace('-', ''),
    ];
    for (const spelling of spellings) {
      const key = new BuyerKey();
      const code = await codeOf(key);
      assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
      assert.equal(await redeemed(spelling(code)), key.hex);
    }
  });

  it('is good once, also when many come at the same instant', async () => {
    const key = new BuyerKey();
    const code = await codeOf(key);
    const results = await Promise.all(Array.from({ length: 12 }, () => redeemed(code)));
    assert.deepEqual(
      results.filter((result) => result === key.hex),
      [key.hex],
    );
    assert.equal(results.filter((result) => result === 'key-code-unknown').length, 11);
  });

  it('is the same when the statement is repeated, and stays used', async () => {
    const key = new BuyerKey();
    const issuedAtMs = Date.now();
    const [code, ...same] = await Promise.all([1, 2, 3].map(() => codeOf(key, issuedAtMs)));
    assert.deepEqual(same, [code, code]);
    assert.equal(await redeemed(code!), key.hex);
    assert.equal(await codeOf(key, issuedAtMs), code);
    assert.equal(await redeemed(code!), 'key-code-unknown');
    assert.notEqual(await codeOf(key, issuedAtMs + 1), code);
  });

  it('answers what is unknown, mistyped, used and too old in one way', async () => {
    const key = new BuyerKey();
    const old = await codeOf(key);
    await db.prisma.keyCode.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } });
    const refusals = await Promise.all(
      ['', 'x', 'AAAA-AAAA', 'UUUU-UUUU', `${old}0`, old].map((code) =>
        redeemKeyCode(deps(), code),
      ),
    );
    assert.equal(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size, 1);
  });

  it('is not in the table in a way that could be read or tried out', async () => {
    const code = await codeOf(new BuyerKey());
    const rows = await db.prisma.keyCode.findMany();
    assert.ok(!JSON.stringify(rows).includes(code.replace('-', '')));
    const other = { prisma: db.prisma, keys: marketKeys(Buffer.alloc(32, 8)) };
    assert.ok(isRefusal(await redeemKeyCode(other, code)));
  });

  it('is forgotten when it is over', async () => {
    const live = await codeOf(new BuyerKey());
    await codeOf(new BuyerKey());
    const [last] = await db.prisma.keyCode.findMany({ orderBy: { createdAt: 'desc' }, take: 1 });
    await db.prisma.keyCode.update({
      where: { codeHash: last!.codeHash },
      data: { expiresAt: new Date(Date.now() - 1) },
    });
    await forget(db.prisma);
    assert.equal(await db.prisma.keyCode.count({ where: { codeHash: last!.codeHash } }), 0);
    assert.notEqual(await redeemed(live), 'key-code-unknown');
  });

  it('is not made for a signature of another key, purpose, market or time', async () => {
    const key = new BuyerKey();
    const now = Date.now();
    const buyerKey = Uint8Array.from(key.keyPair.publicKey);
    const good = key.keyCodeRequest({ deps: { keys } }, now).signature;
    const elsewhere = { deps: { keys: marketKeys(Buffer.alloc(32, 9)) } };
    const cases = [
      { buyerKey: Uint8Array.from(new BuyerKey().keyPair.publicKey), signature: good, at: now },
      { buyerKey, signature: key.tokenRequest({ deps: { keys } }).signature, at: now },
      { buyerKey, signature: key.keyCodeRequest(elsewhere, now).signature, at: now },
      { buyerKey, signature: good, at: now + 1 },
      {
        buyerKey,
        signature: key.keyCodeRequest({ deps: { keys } }, now - 6 * 60_000).signature,
        at: now - 6 * 60_000,
      },
    ];
    for (const { buyerKey, signature, at } of cases) {
      const made = await makeKeyCode(deps(), {
        buyerKey,
        issuedAtMs: at,
        signature: Uint8Array.from(Buffer.from(signature, 'hex')),
      });
      assert.ok(isRefusal(made) && made.refused === 'statement-refused');
    }
  });
});
