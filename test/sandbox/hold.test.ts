import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectSandbox } from '../../sandbox/client.ts';
import { failureOf, ln, newSecret, type Playground, pay, playground, until } from './harness.ts';

let play: Playground;

before(async () => {
  play = await playground();
});

after(() => play[Symbol.asyncDispose]());

test('a held payment waits, settles with the secret, and its stream tells each state', async () => {
  const { market } = play;
  const { id, secret } = newSecret();
  await ln.createHodlInvoice({ lnd: market, id, tokens: 2_000 });
  const states: string[] = [];
  const subscription = ln.subscribeToInvoice({ lnd: market, id });
  subscription.on('invoice_updated', (invoice) => states.push(stateOf(invoice)));
  const early = ln.settleHodlInvoice({ lnd: market, secret });
  assert.deepEqual(await early.catch((error: unknown[]) => error.slice(0, 2)), [
    402,
    'CannotSettleHtlcBeforeHtlcReceived',
  ]);
  const { request } = await ln.getInvoice({ lnd: market, id });
  const paying = pay(play.buyer, request ?? '');
  await untilHeld(id);
  const { pending } = await ln.getPayment({ lnd: play.buyer, id });
  assert.equal(pending?.id, id);
  await ln.settleHodlInvoice({ lnd: market, secret });
  assert.equal(await paying, secret);
  await until('the stream has told it', () => states.length >= 3);
  subscription.removeAllListeners();
  assert.deepEqual(states, ['open', 'held', 'settled']);
  await ln.settleHodlInvoice({ lnd: market, secret });
});

test('cancelling gives a held payment back', async () => {
  const { id, secret } = newSecret();
  await ln.createHodlInvoice({ lnd: play.market, id, tokens: 2_000 });
  const failed = failureOf(payHeld(id));
  await untilHeld(id);
  await ln.cancelHodlInvoice({ lnd: play.market, id });
  assert.equal(await failed, 'PaymentRejectedByDestination');
  assert.equal((await ln.getInvoice({ lnd: play.market, id })).is_canceled, true);
  const settling = ln.settleHodlInvoice({ lnd: play.market, secret });
  assert.equal(await failureOf(settling), 'invoice already canceled');
});

test('a held payment survives SIGKILL and settles afterwards, for both sides', async () => {
  const { id, secret } = newSecret();
  await ln.createHodlInvoice({ lnd: play.market, id, tokens: 2_000 });
  payHeld(id).catch(() => {});
  await untilHeld(id);
  await play.sandbox.restart();
  await until('the node answers again', () => isHeld(id).catch(() => false));
  assert.equal((await ln.getPayment({ lnd: play.buyer, id })).is_pending, true);
  await ln.settleHodlInvoice({ lnd: play.market, secret });
  await until('the buyer knows', async () => {
    return (await ln.getPayment({ lnd: play.buyer, id })).payment?.secret === secret;
  });
});

test('a held payment is given back before its blocks run out', async () => {
  const { id } = newSecret();
  await ln.createHodlInvoice({ lnd: play.market, id, tokens: 2_000, cltv_delta: 40 });
  const failed = failureOf(payHeld(id));
  await untilHeld(id);
  const [htlc] = (await ln.getInvoice({ lnd: play.market, id })).payments;
  const { current_block_height: height } = await ln.getWalletInfo({ lnd: play.market });
  const extra = connectSandbox(play.sandbox.nodes.market);
  await extra.mine((htlc?.timeout ?? 0) - height);
  extra.close();
  assert.equal(await failed, 'PaymentRejectedByDestination');
  assert.equal((await ln.getInvoice({ lnd: play.market, id })).is_canceled, true);
  const { channels } = await ln.getChannels({ lnd: play.market, is_active: true });
  assert.equal(channels.length, 1);
});

async function payHeld(id: string) {
  const { request } = await ln.getInvoice({ lnd: play.market, id });
  return ln.payViaPaymentRequest({ lnd: play.buyer, request: request ?? '' });
}

async function isHeld(id: string): Promise<boolean> {
  return (await ln.getInvoice({ lnd: play.market, id })).is_held === true;
}

function untilHeld(id: string): Promise<void> {
  return until('the payment is held', () => isHeld(id));
}

function stateOf(invoice: { is_confirmed: boolean; is_held?: boolean; is_canceled?: boolean }) {
  if (invoice.is_confirmed) return 'settled';
  if (invoice.is_canceled) return 'canceled';
  return invoice.is_held ? 'held' : 'open';
}
