import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import {
  BUYER_TOKEN_MAX_MS,
  type BuyerToken,
  signBuyerToken,
  verifyBuyerToken,
} from '../../protocol/buyer-token.ts';
import { marketKeys } from '../../protocol/market-keys.ts';

const NOW_MS = 1_800_000_000_000;
const keys = marketKeys(Buffer.alloc(32, 1));
const { publicKey } = keys.signing;

function token(more: Partial<BuyerToken> = {}): BuyerToken {
  return {
    buyerKey: Uint8Array.from(randomBytes(32)),
    feedId: '01890a5d-ac96-774b-bcce-b302099a8057',
    grantId: null,
    issuedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + BUYER_TOKEN_MAX_MS,
    ...more,
  };
}

test('a token says what was signed', async () => {
  const said = token();
  const signed = await signBuyerToken(keys, said);
  assert.deepEqual(await verifyBuyerToken(publicKey, signed, NOW_MS), said);
});

test('a token that is over is told from one that is none', async () => {
  const signed = await signBuyerToken(keys, token({ expiresAtMs: NOW_MS + 60_000 }));
  const verify = (nowMs: number) => verifyBuyerToken(publicKey, signed, nowMs);
  assert.ok('buyerKey' in (await verify(NOW_MS + 59_000)));
  assert.deepEqual(await verify(NOW_MS + 60_000), { refused: 'expired' });
});

test('a token of another market, a changed one and no token at all are invalid', async () => {
  const signed = await signBuyerToken(keys, token());
  const other = marketKeys(Buffer.alloc(32, 2)).signing.publicKey;
  assert.deepEqual(await verifyBuyerToken(other, signed, NOW_MS), { refused: 'invalid' });
  const [header, , signature] = signed.split('.');
  const [, payload] = (await signBuyerToken(keys, token())).split('.');
  for (const forged of [
    `${header}.${payload}.${signature}`,
    `${header}.${payload}.`,
    '',
    'a.b.c',
  ]) {
    const verified = await verifyBuyerToken(publicKey, forged, NOW_MS);
    assert.deepEqual(verified, { refused: 'invalid' });
  }
});

test('an algorithm other than EdDSA is refused, though the public key would verify it', async () => {
  const hmac = await new SignJWT({ feed: null, grant: null })
    .setProtectedHeader({ alg: 'HS256', typ: 'dazaar-buyer+jwt' })
    .setExpirationTime('5m')
    .sign(publicKey);
  assert.deepEqual(await verifyBuyerToken(publicKey, hmac, NOW_MS), { refused: 'invalid' });
});

test('a token that would live longer than ten minutes is not signed', async () => {
  const long = token({ expiresAtMs: NOW_MS + BUYER_TOKEN_MAX_MS + 1_000 });
  await assert.rejects(signBuyerToken(keys, long));
});
