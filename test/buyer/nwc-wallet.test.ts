import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeBolt11 } from '../../buyer/wallet/bolt11.ts';
import { NwcWallet } from '../../buyer/wallet/nwc-wallet.ts';
import { openWallet } from '../../buyer/wallet/open-wallet.ts';
import type { Payable } from '../../buyer/wallet/wallet.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { connect } from '../support/market.ts';
import { startNwcWallet } from '../support/nwc-wallet.ts';
import { type Relay, startRelay } from '../support/relay.ts';

const PRICE_MSAT = 10_000n;
const EXPIRES_MS = 60_000;

let directory: string;
let sandbox: Sandbox;
let relay: Relay;
let buyer: Lightning;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dazaar-buyer-'));
  sandbox = await startSandbox({ dir: directory });
  relay = await startRelay();
  buyer = connect(sandbox.nodes.buyer);
});

after(async () => {
  await relay[Symbol.asyncDispose]();
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
});

async function payable(): Promise<Payable> {
  const { bolt11 } = await connect(sandbox.nodes.market).createInvoice({
    amountMsat: PRICE_MSAT,
    preimage: randomBytes(32),
    description: '',
    expiresAtMs: Date.now() + EXPIRES_MS,
  });
  return { bolt11, paymentHash: decodeBolt11(bolt11)!.paymentHash, amountMsat: PRICE_MSAT };
}

test('over Nostr Wallet Connect an invoice is paid once, however often it is asked for', async () => {
  using service = await startNwcWallet(relay.url, buyer);
  const invoice = await payable();
  const first = await new NwcWallet(service.connection).pay(invoice);
  assert.ok(first.state === 'paid' && first.feeMsat > 0n);
  const again = await new NwcWallet(service.connection).pay(invoice);
  assert.deepEqual(again, first);
  assert.deepEqual(service.asked, [invoice.bolt11], 'the second time it was looked up only');
});

test('a wallet over its budget says so, and nothing was spent', async () => {
  using service = await startNwcWallet(relay.url, buyer, PRICE_MSAT - 1n);
  const outcome = await new NwcWallet(service.connection).pay(await payable());
  assert.deepEqual(outcome, {
    state: 'failed',
    reason: 'the budget of this connection is used up',
  });
});

test('the connection is read from a file or from the environment', async (t) => {
  using service = await startNwcWallet(relay.url, buyer);
  const path = join(directory, 'wallet.nwc');
  await writeFile(path, `${service.connection}\n`);
  const options = { sandboxDir: '', maxFeeMsat: undefined, show: () => Promise.resolve() };
  const fromFile = await openWallet(`nwc:${path}`, options);
  assert.equal((await fromFile.pay(await payable())).state, 'paid');
  process.env.DAZAAR_NWC = service.connection;
  t.after(() => delete process.env.DAZAAR_NWC);
  assert.equal((await (await openWallet('nwc', options)).pay(await payable())).state, 'paid');
});

test('what is no connection is refused without being repeated: it may be a secret', () => {
  const secret = 'nostr+walletconnect://abc?secret=123';
  assert.throws(() => new NwcWallet(secret), {
    code: 'usage',
    message: /^((?!123).)*$/,
  });
});

test('a wallet whose relay is away has spent nothing', async () => {
  using service = await startNwcWallet(relay.url, buyer);
  const { port } = new URL(relay.url);
  const away = service.connection.replace(encodeURIComponent(`:${port}`), encodeURIComponent(':9'));
  await assert.rejects(new NwcWallet(away).pay(await payable()), { code: 'wallet-unreachable' });
});
