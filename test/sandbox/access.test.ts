import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startSandbox } from '../../sandbox/start.ts';
import { connect, failureOf, ln, type Playground, playground } from './harness.ts';

let play: Playground;

before(async () => {
  play = await playground();
});

after(() => play[Symbol.asyncDispose]());

test('a missing, wrong or foreign macaroon is refused', async () => {
  const { market, router } = play.sandbox.nodes;
  const wrong = join(play.dir, 'wrong.macaroon');
  writeFileSync(wrong, Buffer.from('not a macaroon'));
  for (const path of [wrong, router.macaroon]) {
    const error = await ln
      .getChannelBalance({ lnd: connect(market, path) })
      .catch((each: unknown[]) => each[2] as { err: { code: number } });
    assert.equal('err' in error && error.err.code, 16);
  }
});

test('an invoice macaroon adds invoices and pays none', async () => {
  const { market } = play.sandbox.nodes;
  const lnd = connect(market, join(play.dir, 'market', 'invoice.macaroon'));
  const { request } = await ln.createInvoice({ lnd: play.buyer, tokens: 10 });
  await ln.createInvoice({ lnd, tokens: 10 });
  const paying = ln.payViaPaymentRequest({ lnd, request });
  assert.equal(await failureOf(paying), 'permission denied');
});

test('a macaroon baked for one URI opens that method only', async () => {
  const { macaroon } = await ln.grantAccess({
    lnd: play.market,
    permissions: ['uri:/lnrpc.Lightning/AddInvoice', 'uri:/lnrpc.Lightning/LookupInvoice'],
  });
  const path = join(play.dir, 'server.macaroon');
  writeFileSync(path, Buffer.from(macaroon, 'base64'));
  const lnd = connect(play.sandbox.nodes.market, path);
  await ln.createInvoice({ lnd, tokens: 10 });
  assert.equal(await failureOf(ln.getWalletInfo({ lnd })), 'permission denied');
});

test('what the sandbox does not serve is unimplemented', async () => {
  const error = await ln
    .getChainBalance({ lnd: play.market })
    .catch((each: unknown[]) => each[2] as { err: { code: number } });
  assert.equal('err' in error && error.err.code, 12);
});

test('the node tells that its coins are worthless', async () => {
  const info = await ln.getWalletInfo({ lnd: play.market });
  assert.match(info.alias, /worthless/);
  assert.equal(info.public_key, play.sandbox.nodes.market.pubkey);
  assert.equal(info.is_synced_to_chain, true);
});

test('a directory has one daemon', async () => {
  await assert.rejects(startSandbox({ dir: play.dir }), /ended before it was ready/);
  await ln.getWalletInfo({ lnd: play.market });
});
