import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { importMacaroon } from 'macaroon';
import { startSandbox } from '../../sandbox/start.ts';
import { connect, failureOf, ln, type Playground, playground } from './harness.ts';

const UNKNOWN = 2;
const UNIMPLEMENTED = 12;

let play: Playground;

before(async () => {
  play = await playground();
});

after(() => play[Symbol.asyncDispose]());

test('a wrong, foreign or expired macaroon is refused in the words of LND', async () => {
  const { market, router } = play.sandbox.nodes;
  const wrong = join(play.dir, 'wrong.macaroon');
  writeFileSync(wrong, Buffer.from('not a macaroon'));
  const expired = join(play.dir, 'expired.macaroon');
  const macaroon = importMacaroon(readFileSync(market.macaroon));
  macaroon.addFirstPartyCaveat('time-before 2020-01-01T00:00:00Z');
  writeFileSync(expired, macaroon.exportBinary());
  const refused = (path: string) => statusOf(ln.getChannelBalance({ lnd: connect(market, path) }));
  assert.deepEqual(await refused(wrong), {
    code: UNKNOWN,
    details: 'cannot determine data format of binary-encoded macaroon',
  });
  assert.deepEqual(await refused(router.macaroon), {
    code: UNKNOWN,
    details: 'verification failed: signature mismatch after caveat verification',
  });
  assert.deepEqual(await refused(expired), {
    code: UNKNOWN,
    details: 'caveat "time-before 2020-01-01T00:00:00Z" not satisfied: macaroon has expired',
  });
});

test('macaroons end with the root key that they were baked with', async () => {
  const { market } = play.sandbox.nodes;
  const bake = async (id: string) => {
    const { macaroon } = await ln.grantAccess({ lnd: play.market, id, permissions: ['info:read'] });
    const path = join(play.dir, `${id}.macaroon`);
    writeFileSync(path, Buffer.from(macaroon, 'base64'));
    return connect(market, path);
  };
  const [seven, eight] = [await bake('7'), await bake('8')];
  await ln.getWalletInfo({ lnd: seven });
  await ln.revokeAccess({ lnd: play.market, id: '7' });
  assert.deepEqual(await statusOf(ln.getWalletInfo({ lnd: seven })), {
    code: UNKNOWN,
    details: "cannot retrieve macaroon: cannot get macaroon: root key with id 7 doesn't exist",
  });
  await ln.getWalletInfo({ lnd: eight });
  assert.deepEqual((await ln.getAccessIds({ lnd: play.market })).ids, ['0', '8']);
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

test('what the sandbox does not serve is unimplemented, for whoever may call it', async () => {
  const { market } = play.sandbox.nodes;
  const lnd = connect(market, join(play.dir, 'market', 'invoice.macaroon'));
  assert.deepEqual(await statusOf(ln.getChainBalance({ lnd: play.market })), {
    code: UNIMPLEMENTED,
    details: 'the sandbox does not serve /lnrpc.Lightning/WalletBalance',
  });
  const sending = ln.sendToChainAddress({ lnd, address: 'bcrt1q', tokens: 1_000 });
  assert.deepEqual(await statusOf(sending), { code: UNKNOWN, details: 'permission denied' });
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

/** The gRPC status that a call was refused with. */
function statusOf(call: Promise<unknown>): Promise<{ code: number; details: string }> {
  return call.then(
    () => assert.fail('it was not refused'),
    (error: [number, string, { err: { code: number; details: string } }]) => {
      const { code, details } = error[2].err;
      return { code, details };
    },
  );
}
