import assert from 'node:assert/strict';
import { test } from 'node:test';
import { feeLimitMsat } from '../../buyer/wallet/lnd-wallet.ts';
import { parseWallet } from '../../buyer/wallet/wallet-uri.ts';

const lnd = (socket: string, macaroonPath: string, certPath?: string) => ({
  kind: 'lnd',
  socket,
  certPath,
  macaroonPath,
});

test('the wallets that --wallet names', () => {
  assert.deepEqual(parseWallet('sandbox'), { kind: 'sandbox' });
  assert.deepEqual(parseWallet('print'), { kind: 'print' });
  assert.deepEqual(
    parseWallet('lnd:node.example:10010?cert=/a/tls.cert&macaroon=/a/pay.macaroon'),
    lnd('node.example:10010', '/a/pay.macaroon', '/a/tls.cert'),
  );
  assert.deepEqual(parseWallet('lnd:localhost?macaroon=m'), lnd('localhost:10009', 'm'));
  assert.deepEqual(parseWallet('lnd://[::1]:1?macaroon=m'), lnd('[::1]:1', 'm'));
});

test('a path may hold a plus, a space and what is percent-encoded', () => {
  assert.deepEqual(
    parseWallet('lnd:h?macaroon=/a+b/c d/e%26f&cert=c'),
    lnd('h:10009', '/a+b/c d/e&f', 'c'),
  );
});

for (const bad of [
  '',
  'lnd',
  'lnd:',
  'lnd:host',
  'lnd:host?cert=c',
  'lnd:host:0?macaroon=m',
  'lnd:host:99999?macaroon=m',
  'lnd:host:port?macaroon=m',
  'lnd:host?macaroon=m&seed=s',
  'cln:host',
]) {
  test(`"${bad}" is refused with what to write instead`, () => {
    assert.throws(() => parseWallet(bad), {
      hint: /use sandbox, print, lnd:HOST:PORT.*, or nwc:FILE/,
    });
  });
}

test('routing may cost a twentieth, and 10 sat where that is less', () => {
  assert.equal(feeLimitMsat(1_000n), 10_000n);
  assert.equal(feeLimitMsat(1_000_000n), 50_000n);
});
