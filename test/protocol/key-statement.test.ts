import assert from 'node:assert/strict';
import { test } from 'node:test';
import crypto from 'hypercore-crypto';
import {
  KEY_STATEMENT_WINDOW_MS,
  type KeyStatement,
  signKeyStatement,
  verifyKeyStatement,
} from '../../protocol/key-statement.ts';

const NOW_MS = 1_800_000_000_000;
const buyer = crypto.keyPair(Buffer.alloc(32, 1));
const statement: KeyStatement = {
  purpose: 'token',
  market: Buffer.alloc(32, 9),
  subject: 'a feed',
  issuedAtMs: NOW_MS,
};
const signature = signKeyStatement(buyer, statement);

test('a statement is known to be of the key that signed it', () => {
  assert.ok(verifyKeyStatement(buyer.publicKey, statement, signature, NOW_MS));
  const other = crypto.keyPair(Buffer.alloc(32, 2)).publicKey;
  assert.ok(!verifyKeyStatement(other, statement, signature, NOW_MS));
  assert.ok(!verifyKeyStatement(buyer.publicKey, statement, Buffer.alloc(64), NOW_MS));
  assert.ok(!verifyKeyStatement(buyer.publicKey, statement, Buffer.alloc(3), NOW_MS));
});

test('a statement means nothing for another purpose, market, subject or time', () => {
  const others: Partial<KeyStatement>[] = [
    { purpose: 'transfer' },
    { market: Buffer.alloc(32, 8) },
    { subject: 'another feed' },
    { issuedAtMs: NOW_MS + 1 },
  ];
  for (const other of others) {
    const changed = { ...statement, ...other };
    assert.ok(!verifyKeyStatement(buyer.publicKey, changed, signature, NOW_MS));
  }
});

test('a statement is taken for five minutes, whichever clock is ahead', () => {
  for (const sign of [-1, 1]) {
    const edgeMs = NOW_MS + sign * KEY_STATEMENT_WINDOW_MS;
    assert.ok(verifyKeyStatement(buyer.publicKey, statement, signature, edgeMs));
    assert.ok(!verifyKeyStatement(buyer.publicKey, statement, signature, edgeMs + sign));
  }
});
