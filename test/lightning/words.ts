import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import type { AuthenticatedLnd } from 'lightning';
import { connectTo } from '../lnd/node.ts';
import { ln } from '../support/ln.ts';
import { until } from '../support/until.ts';
import { hashOf, makeHeld, makeInvoice, PRICE_MSAT, sell } from './buying.ts';
import type { Place } from './place.ts';

/** What nodes say word by word: other programs that speak to LND go by it, and so does our adapter. */
export function words(at: () => Place): void {
  const market = () => connectTo(at().nodes.market);
  const buyer = () => connectTo(at().nodes.buyer);

  it('says why a payment is refused', async () => {
    const lnd = buyer();
    const paid = await sell(at());
    const paying = (request: string, more: object = {}) =>
      saidOf(ln.payViaPaymentRequest({ lnd, request, ...more }));
    assert.equal(await paying(paid.bolt11), 'invoice is already paid');
    const held = await makeHeld(at());
    assert.equal(await paying(held.bolt11), 'payment is in transition');
    await at().market.cancelInvoice(held.paymentHash);
    await held.paid;
    const open = await ln.createInvoice({ lnd: market(), is_including_private_channels: true });
    const unnamed = 'amount must be specified when paying a zero amount invoice';
    assert.equal(await paying(open.request), unnamed);
    const named = 'amount must not be specified when paying a non-zero amount invoice';
    const made = await makeInvoice(at().market);
    assert.equal(await paying(made.bolt11, { mtokens: '5000' }), named);
    const expired = await makeInvoice(at().market, { expiresAtMs: Date.now() + 1_500 });
    await until(async () => /^invoice expired. Valid until /.test(await paying(expired.bolt11)));
    const id = hex(hashOf(randomBytes(32)));
    assert.equal(await saidOf(ln.getPayment({ lnd, id })), 'SentPaymentNotFound');
  });

  it('says why an invoice is not made', async () => {
    const lnd = market();
    const id = hex(randomBytes(32));
    const holding = (more: object) => saidOf(ln.createHodlInvoice({ lnd, id, tokens: 5, ...more }));
    const short = 'CLTV delta of 23 must be greater than minimum of 24';
    assert.equal(await holding({ cltv_delta: 23 }), short);
    const far = new Date(Date.now() + 400 * 86_400_000).toISOString();
    assert.match(
      await holding({ expires_at: far }),
      /^expiry of \S+ seconds greater than max expiry of /,
    );
    assert.match(await holding({ description: 'x'.repeat(2_000) }), /^memo too large: 2000 bytes/);
    assert.match(
      await holding({ tokens: 20_000_000_000_000 }),
      /^invoice amount \S+ BTC is too large/,
    );
    const made = await makeInvoice(at().market, { hold: true });
    const again = saidOf(ln.createHodlInvoice({ lnd, id: hex(made.paymentHash), tokens: 5 }));
    assert.match(await again, /already ?exists/i);
  });

  it('says why a held payment is not taken or given back', async () => {
    const lnd = market();
    const unknown = hex(randomBytes(32));
    const settling = (secret: string) => saidOf(ln.settleHodlInvoice({ lnd, secret }));
    const cancelling = (id: string) => saidOf(ln.cancelHodlInvoice({ lnd, id }));
    assert.equal(await settling(unknown), 'SecretDoesNotMatchAnyExistingHodlInvoice');
    assert.equal(await cancelling(unknown), 'unable to locate invoice');
    assert.equal(await saidOf(ln.getInvoice({ lnd, id: unknown })), 'unable to locate invoice');
    const made = await makeInvoice(at().market, { hold: true });
    assert.equal(await settling(hex(made.preimage)), 'CannotSettleHtlcBeforeHtlcReceived');
    await at().market.cancelInvoice(made.paymentHash);
    assert.equal(await settling(hex(made.preimage)), 'invoice already canceled');
    const sold = await sell(at());
    assert.equal(await cancelling(hex(sold.paymentHash)), 'invoice already settled');
  });

  it('ends the stream of an invoice once it is settled or cancelled', async () => {
    const lnd = market();
    const [settled, cancelled] = [await makeHeld(at()), await makeHeld(at())];
    const streams = [watch(lnd, settled.paymentHash), watch(lnd, cancelled.paymentHash)];
    await at().market.settleHeld(settled.preimage);
    await at().market.cancelInvoice(cancelled.paymentHash);
    const [ofSettled, ofCancelled] = await Promise.all(streams);
    assert.equal(ofSettled?.at(-1), 'settled');
    assert.equal(ofCancelled?.at(-1), 'cancelled');
    await Promise.all([settled.paid, cancelled.paid]);
  });

  it('tells of a held payment what has arrived, and in which block it can be taken back', async () => {
    const held = await makeHeld(at());
    const id = hex(held.paymentHash);
    const invoice = await ln.getInvoice({ lnd: market(), id });
    assert.deepEqual([invoice.is_held, invoice.is_confirmed], [true, false]);
    const [part] = invoice.payments;
    assert.deepEqual([part?.is_held, part?.mtokens], [true, String(PRICE_MSAT)]);
    const { pending } = await ln.getPayment({ lnd: buyer(), id });
    assert.equal(pending?.mtokens, String(PRICE_MSAT));
    await at().market.cancelInvoice(held.paymentHash);
    await held.paid;
  });
}

/** The states that the stream of one invoice tells, up to its end. */
function watch(lnd: AuthenticatedLnd, paymentHash: Uint8Array): Promise<string[]> {
  const told: string[] = [];
  const events = ln.subscribeToInvoice({ lnd, id: hex(paymentHash) });
  events.on('invoice_updated', ({ is_confirmed, is_canceled, is_held }) => {
    if (is_confirmed) told.push('settled');
    else if (is_canceled) told.push('cancelled');
    else told.push(is_held ? 'held' : 'open');
  });
  return new Promise((resolve, reject) => {
    events.on('end', () => resolve(told));
    events.on('error', reject);
  });
}

/** What the node answered, else how ln-service names the failure. */
async function saidOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'done',
    ([, name, more]: [number, string, { err?: { details?: string } }?]) =>
      more?.err?.details ?? name,
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
