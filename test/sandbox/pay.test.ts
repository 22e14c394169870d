import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hexOf, sha256 } from '../../sandbox/bytes.ts';
import { connectSandbox, type SandboxClient } from '../../sandbox/client.ts';
import { failureOf, ln, newSecret, type Playground, playground, until } from './harness.ts';

let play: Playground;
let extra: SandboxClient;

before(async () => {
  play = await playground();
  extra = connectSandbox(play.sandbox.nodes.buyer);
});

after(async () => {
  extra.close();
  await play[Symbol.asyncDispose]();
});

test('the buyer pays the market over the router and gets the preimage', async () => {
  const { market, buyer } = play;
  const secret = newSecret();
  const invoice = await ln.createInvoice({
    lnd: market,
    secret: secret.secret,
    description: 'one month of weather, Köln',
    mtokens: '1500500',
  });
  assert.equal(invoice.id, secret.id);
  const paid = await ln.payViaPaymentRequest({ lnd: buyer, request: invoice.request });
  assert.equal(paid.secret, secret.secret);
  assert.deepEqual(
    paid.hops.map((hop) => hop.public_key),
    [play.sandbox.nodes.router.pubkey, play.sandbox.nodes.market.pubkey],
  );
  assert.equal(paid.fee_mtokens, '1001');
  const settled = await ln.getInvoice({ lnd: market, id: invoice.id });
  assert.equal(settled.is_confirmed, true);
  assert.equal(settled.received_mtokens, '1500500');
  const { payment } = await ln.getPayment({ lnd: buyer, id: invoice.id });
  assert.equal(payment?.secret, secret.secret);
  const { payments } = await ln.getPayments({ lnd: buyer });
  assert.equal(payments[0]?.id, invoice.id);
});

test('the market pays the buyer, as payouts do', async () => {
  const invoice = await ln.createInvoice({ lnd: play.buyer, tokens: 7_000 });
  const paid = await ln.pay({ lnd: play.market, request: invoice.request, max_fee: 10 });
  assert.equal(hexOf(sha256(Buffer.from(paid.secret, 'hex'))), invoice.id);
});

test('a request decodes to what was asked for', async () => {
  const hashed = hexOf(sha256(Buffer.from('terms')));
  const [plain, long] = await Promise.all([
    ln.createInvoice({ lnd: play.market, tokens: 21, description: 'two words' }),
    ln.createInvoice({ lnd: play.market, tokens: 21, description_hash: hashed }),
  ]);
  const decoded = await ln.decodePaymentRequest({ lnd: play.buyer, request: plain.request });
  assert.equal(decoded.id, plain.id);
  assert.equal(decoded.description, 'two words');
  assert.equal(decoded.destination, play.sandbox.nodes.market.pubkey);
  assert.equal(decoded.mtokens, '21000');
  const other = await ln.decodePaymentRequest({ lnd: play.buyer, request: long.request });
  assert.equal(other.description_hash, hashed);
});

test('an amountless invoice takes the amount that the payer names', async () => {
  const { id, request } = await ln.createInvoice({ lnd: play.market });
  assert.match(
    (await failureOf(ln.payViaPaymentRequest({ lnd: play.buyer, request }))) ?? '',
    /amount must be specified/,
  );
  await ln.payViaPaymentRequest({ lnd: play.buyer, request, mtokens: '4321' });
  const invoice = await ln.getInvoice({ lnd: play.market, id });
  assert.equal(invoice.received_mtokens, '4321');
});

test('a hash is invoiced once, whatever became of it', async () => {
  const { secret } = newSecret();
  await ln.createInvoice({ lnd: play.market, secret, tokens: 5 });
  await assert.rejects(ln.createInvoice({ lnd: play.market, secret, tokens: 5 }), [
    409,
    'InvoiceWithGivenHashAlreadyExists',
  ]);
});

test('a paid hash is refused at the sender, and at the receiver from anybody else', async () => {
  const { id, request } = await ln.createInvoice({ lnd: play.market, tokens: 800 });
  await ln.payViaPaymentRequest({ lnd: play.buyer, request });
  const again = ln.payViaPaymentRequest({ lnd: play.buyer, request });
  assert.equal(await failureOf(again), 'invoice is already paid');
  const other = ln.payViaPaymentRequest({ lnd: play.router, request });
  assert.equal(await failureOf(other), 'PaymentRejectedByDestination');
  const invoice = await ln.getInvoice({ lnd: play.market, id });
  assert.equal(invoice.received, 800);
});

test('an expired invoice is cancelled and cannot be paid', async () => {
  const expires_at = new Date(Date.now() + 1_000).toISOString();
  const { id, request } = await ln.createInvoice({ lnd: play.market, tokens: 9, expires_at });
  await until('the invoice is cancelled', async () => {
    return (await ln.getInvoice({ lnd: play.market, id })).is_canceled === true;
  });
  const late = ln.payViaPaymentRequest({ lnd: play.buyer, request });
  assert.match((await failureOf(late)) ?? '', /^invoice expired/);
});

test('a cancelled invoice cannot be paid, a settled one not cancelled', async () => {
  const { market, buyer } = play;
  const { id, request } = await ln.createInvoice({ lnd: market, tokens: 9 });
  await ln.cancelHodlInvoice({ lnd: market, id });
  await ln.cancelHodlInvoice({ lnd: market, id });
  const paying = ln.payViaPaymentRequest({ lnd: buyer, request });
  assert.equal(await failureOf(paying), 'PaymentRejectedByDestination');
  const paid = await ln.createInvoice({ lnd: market, tokens: 9 });
  await ln.payViaPaymentRequest({ lnd: buyer, request: paid.request });
  const cancelling = ln.cancelHodlInvoice({ lnd: market, id: paid.id });
  assert.equal(await failureOf(cancelling), 'invoice already settled');
});

test('underpayment fails, more than the amount is received in full, however much it is', async () => {
  const attempt = async (amountMsat: bigint) => {
    const { id, request } = await ln.createInvoice({ lnd: play.market, tokens: 1_000 });
    const { isPaid } = await extra.payOff(request, amountMsat);
    const invoice = await ln.getInvoice({ lnd: play.market, id });
    return { isPaid, received: invoice.received_mtokens };
  };
  assert.deepEqual(await attempt(999_999n), { isPaid: false, received: '0' });
  assert.deepEqual(await attempt(2_000_000n), { isPaid: true, received: '2000000' });
  assert.deepEqual(await attempt(2_000_001n), { isPaid: true, received: '2000001' });
});

test('the fee limit holds, and a wallet cannot send what it does not have', async () => {
  const small = await ln.createInvoice({ lnd: play.market, tokens: 100 });
  const free = ln.payViaPaymentRequest({ lnd: play.buyer, request: small.request, max_fee: 0 });
  assert.equal(await failureOf(free), 'PaymentPathfindingFailedToFindPossibleRoute');
  await ln.payViaPaymentRequest({ lnd: play.buyer, request: small.request, max_fee: 1 });
  const huge = await ln.createInvoice({ lnd: play.market, tokens: 900_000_000 });
  const much = ln.payViaPaymentRequest({ lnd: play.buyer, request: huge.request });
  assert.equal(await failureOf(much), 'InsufficientBalanceToAttemptPayment');
});

test('a node cannot pay itself', async () => {
  const { request } = await ln.createInvoice({ lnd: play.market, tokens: 100 });
  const paying = ln.payViaPaymentRequest({ lnd: play.market, request });
  assert.equal(await failureOf(paying), 'PaymentPathfindingFailedToFindPossibleRoute');
});

test('500 payments at once all arrive, though a channel takes 483, and no msat is lost', async () => {
  const before = await totals();
  const count = 500;
  const requests = await Promise.all(
    Array.from({ length: count }, async () => {
      const { secret } = newSecret();
      return (await ln.createInvoice({ lnd: play.market, secret, tokens: 3 })).request;
    }),
  );
  const paid = await Promise.all(
    requests.map((request) => ln.payViaPaymentRequest({ lnd: play.buyer, request })),
  );
  assert.equal(new Set(paid.map(({ id }) => id)).size, count);
  const sent = paid.reduce((sum, { mtokens }) => sum + BigInt(mtokens), 0n);
  await until('the last HTLC is gone', async () => (await totals()).unsettled === 0n);
  const settled = await totals();
  assert.equal(before.buyer - settled.buyer, sent);
  assert.equal(settled.market - before.market, BigInt(count) * 3_000n);
  assert.equal(settled.all, before.all);
});

async function totals() {
  const balances = await Promise.all(
    [play.market, play.router, play.buyer].map((lnd) => ln.getChannelBalance({ lnd })),
  );
  const [market, router, buyer] = balances.map((each) => BigInt(each.channel_balance_mtokens ?? 0));
  assert.ok(market !== undefined && router !== undefined && buyer !== undefined);
  const unsettled = balances.reduce((sum, each) => sum + BigInt(each.unsettled_balance ?? 0), 0n);
  return { market, buyer, all: market + router + buyer, unsettled };
}
