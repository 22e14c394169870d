import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { hashOf, makeInvoice, PRICE_MSAT, pay, sell, stateOf, untilState } from './buying.ts';
import type { Place } from './place.ts';

const EXPIRY_MS = 2_000;
const HALF_MINUTE_MS = 30_000;

/** What holds of invoices. */
export function invoices(at: () => Place): void {
  it('a node that has no invoice yet knows none, cancels none and settles none', async () => {
    const { router } = at();
    const paymentHash = hashOf(randomBytes(32));
    assert.equal(await router.lookUpInvoice(paymentHash), null);
    await router.cancelInvoice(paymentHash);
    await router.settleHeld(randomBytes(32));
    for await (const _ of router.settledSince(0)) assert.fail('something was settled');
  });

  it('an invoice says to the millisatoshi what was asked for, on which chain and to whom', async () => {
    const { market } = at();
    const description = 'Wetter für Zürich ☂';
    const expiresAtMs = Date.now() + HALF_MINUTE_MS;
    const made = await makeInvoice(market, { description, expiresAtMs });
    const read = market.readInvoice(made.bolt11)!;
    assert.deepEqual(Buffer.from(read.paymentHash), Buffer.from(made.paymentHash));
    assert.equal(read.amountMsat, PRICE_MSAT);
    assert.equal(read.chain, 'regtest');
    assert.equal(read.destination, await market.nodeKey());
    assert.equal(read.description, description);
    assert.ok(Math.abs(read.expiresAtMs - expiresAtMs) < 2_000, String(read.expiresAtMs));
    const found = (await market.lookUpInvoice(made.paymentHash))!;
    assert.deepEqual([found.state, found.bolt11], ['open', made.bolt11]);
    assert.deepEqual([found.settled, found.blocksLeft], [null, null]);
  });

  it('what is no invoice, or has a letter changed, cannot be read or paid', async () => {
    const { market, buyer } = at();
    const { bolt11 } = await makeInvoice(market);
    const changed = `${bolt11.slice(0, -1)}${bolt11.endsWith('q') ? 'p' : 'q'}`;
    for (const text of ['', 'lightning', changed]) {
      assert.equal(market.readInvoice(text), null);
      const result = await pay(buyer, { bolt11: text });
      assert.deepEqual(result, { state: 'failed', reason: 'not-an-invoice' });
    }
  });

  it('asked again for the same preimage the node answers with the same invoice, open, cancelled or settled', async () => {
    const { market, buyer } = at();
    for (const hold of [false, true]) {
      const made = await makeInvoice(market, { hold });
      const again = await makeInvoice(market, { hold, preimage: made.preimage });
      assert.equal(again.bolt11, made.bolt11);
      await market.cancelInvoice(made.paymentHash);
      const after = await makeInvoice(market, { hold, preimage: made.preimage });
      assert.equal(after.bolt11, made.bolt11);
      assert.equal(await stateOf(market, made), 'cancelled');
    }
    const made = await sell(at());
    const again = await makeInvoice(market, { preimage: made.preimage });
    assert.equal(again.bolt11, made.bolt11);
    assert.equal((await pay(buyer, again)).state, 'succeeded', 'it was paid before');
  });

  it('the same preimage asked for ten times at once is one invoice', async () => {
    const { market } = at();
    const preimage = randomBytes(32);
    const made = await Promise.all(
      Array.from({ length: 10 }, () => makeInvoice(market, { preimage })),
    );
    assert.equal(new Set(made.map(({ bolt11 }) => bolt11)).size, 1);
  });

  it('a settled invoice tells what was received, its index and when', async () => {
    const { market } = at();
    const made = await sell(at());
    const { state, settled } = (await market.lookUpInvoice(made.paymentHash))!;
    assert.equal(state, 'settled');
    assert.deepEqual(Buffer.from(settled!.paymentHash), Buffer.from(made.paymentHash));
    assert.equal(settled!.receivedMsat, PRICE_MSAT);
    assert.ok(settled!.settleIndex > 0n);
    assert.ok(Math.abs(settled!.settledAtMs - Date.now()) < HALF_MINUTE_MS);
  });

  it('a cancelled invoice cannot be paid, however often it is cancelled; a settled one stays settled', async () => {
    const { market, buyer } = at();
    const made = await makeInvoice(market);
    await market.cancelInvoice(made.paymentHash);
    await market.cancelInvoice(made.paymentHash);
    assert.equal(await stateOf(market, made), 'cancelled');
    assert.deepEqual(await pay(buyer, made), { state: 'failed', reason: 'invalid-payment' });
    const sold = await sell(at());
    await market.cancelInvoice(sold.paymentHash);
    assert.equal(await stateOf(market, sold), 'settled');
  });

  it('an expired invoice is refused by the payer, and cancelled by its node without being told', async () => {
    const { market, buyer } = at();
    const made = await makeInvoice(market, { expiresAtMs: Date.now() + EXPIRY_MS });
    await untilState(market, made, 'cancelled');
    assert.deepEqual(await pay(buyer, made), { state: 'unknown' });
    assert.deepEqual(await buyer.track(made.paymentHash), { state: 'unknown' });
  });

  it('A12 a node does not pay its own invoice', async () => {
    const { market } = at();
    const made = await makeInvoice(market);
    const { state } = await pay(market, made);
    assert.ok(state === 'failed' || state === 'unknown', state);
    assert.equal(await stateOf(market, made), 'open');
  });
}
