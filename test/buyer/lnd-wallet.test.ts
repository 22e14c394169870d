import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { authenticatedLndGrpc, createInvoice } from 'lightning';
import { decodeBolt11 } from '../../buyer/wallet/bolt11.ts';
import { LndWallet } from '../../buyer/wallet/lnd-wallet.ts';
import { openWallet } from '../../buyer/wallet/open-wallet.ts';
import { sandboxAccess } from '../../buyer/wallet/sandbox-wallet.ts';
import type { Payable } from '../../buyer/wallet/wallet.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';

const PRICE_MSAT = 10_000n;

let sandbox: Sandbox;
let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dazaar-buyer-'));
  sandbox = await startSandbox({ dir: directory });
});

after(async () => {
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
});

const base64 = (path: string) => readFile(path, 'base64');

async function marketLnd() {
  const { socket, cert, macaroon } = sandbox.nodes.market;
  const credentials = { socket, cert: await base64(cert), macaroon: await base64(macaroon) };
  return authenticatedLndGrpc(credentials).lnd;
}

async function payable(): Promise<Payable> {
  const lnd = await marketLnd();
  const { request, id } = await createInvoice({ lnd, mtokens: String(PRICE_MSAT) });
  return { bolt11: request, paymentHash: id, amountMsat: PRICE_MSAT };
}

async function buyersWallet(): Promise<LndWallet> {
  return new LndWallet(await sandboxAccess(directory));
}

test('the sandbox invoices on the chain that a sandbox market is paid on', async () => {
  const { bolt11, paymentHash } = await payable();
  const decoded = decodeBolt11(bolt11);
  assert.equal(decoded?.network, 'regtest');
  assert.equal(decoded?.amountMsat, PRICE_MSAT);
  assert.equal(decoded?.paymentHash, paymentHash);
});

test('the sandbox wallet pays over a route', async () => {
  const outcome = await (await buyersWallet()).pay(await payable());
  assert.equal(outcome.state, 'paid');
  assert.ok(outcome.state === 'paid' && outcome.feeMsat > 0n);
});

test('an invoice is paid once, however often and from however many processes', async () => {
  const invoice = await payable();
  const wallets = await Promise.all([buyersWallet(), buyersWallet(), buyersWallet()]);
  const outcomes = await Promise.all(wallets.map((wallet) => wallet.pay(invoice)));
  for (const { state } of outcomes) assert.equal(state, 'paid');
  const again = await (await buyersWallet()).pay(invoice);
  assert.equal(again.state, 'paid');
});

test('the wallet says why it could not pay, and nothing was spent', async () => {
  const wallet = new LndWallet({ ...(await sandboxAccess(directory)), maxFeeMsat: 0n });
  const outcome = await wallet.pay(await payable());
  assert.equal(outcome.state, 'failed');
});

test('a wallet of a lnd: address is opened with its certificate and macaroon', async () => {
  const { socket, cert, macaroon } = sandbox.nodes.buyer;
  const uri = `lnd:${socket}?cert=${encodeURIComponent(cert)}&macaroon=${encodeURIComponent(macaroon)}`;
  const options = { sandboxDir: '', maxFeeMsat: undefined, show: () => Promise.resolve() };
  const wallet = await openWallet(uri, options);
  assert.equal((await wallet.pay(await payable())).state, 'paid');
});

test('a macaroon that may not pay is told so before anything is sent', async () => {
  const { socket, cert, macaroon } = sandbox.nodes.buyer;
  const readonly = macaroon.replace('admin.macaroon', 'readonly.macaroon');
  const wallet = new LndWallet({
    socket,
    cert: await base64(cert),
    macaroon: await base64(readonly),
  });
  const outcome = await wallet.pay(await payable());
  assert.equal(outcome.state, 'failed');
});

test('a wallet that does not answer is named', async () => {
  const access = await sandboxAccess(directory);
  const wallet = new LndWallet({ ...access, socket: '127.0.0.1:9' });
  await assert.rejects(wallet.pay(await payable()), {
    code: 'wallet-unreachable',
    message: /127\.0\.0\.1:9 does not answer as an LND does/,
  });
});
