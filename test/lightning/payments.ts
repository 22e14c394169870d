import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { FEE_MSAT, hashOf, makeInvoice, PRICE_MSAT, pay, sell, stateOf } from './buying.ts';
import type { Place } from './place.ts';

// More than a side of a channel has.
const TOO_MUCH_MSAT = 700_000_000_000n;

/** What holds of payments. */
export function payments(at: () => Place): void {
  it('a payment gives the preimage and tells the fee, also when it is looked up later', async () => {
    const { market, buyer } = at();
    const made = await makeInvoice(market);
    const preimage = Buffer.from(made.preimage);
    const succeeded = { state: 'succeeded', preimage, feeMsat: FEE_MSAT };
    assert.deepEqual(await pay(buyer, made), succeeded);
    assert.deepEqual(await buyer.track(made.paymentHash), succeeded);
  });

  it('the market pays as well as it is paid', async () => {
    const { market, buyer } = at();
    const made = await makeInvoice(buyer, { amountMsat: 1_000_000n });
    const result = await pay(market, made);
    assert.equal(result.state, 'succeeded');
    assert.equal((await buyer.lookUpInvoice(made.paymentHash))?.settled?.receivedMsat, 1_000_000n);
  });

  it('A18 a payment that is asked for five times at once, and once more, is made once', async () => {
    const { market, buyer } = at();
    const made = await makeInvoice(market);
    const results = await Promise.all(Array.from({ length: 5 }, () => pay(buyer, made)));
    for (const { state } of results) assert.ok(['succeeded', 'pending'].includes(state), state);
    const { settleIndex } = (await market.lookUpInvoice(made.paymentHash))!.settled!;
    assert.equal((await pay(buyer, made)).state, 'succeeded');
    const found = (await market.lookUpInvoice(made.paymentHash))!.settled!;
    assert.deepEqual([found.settleIndex, found.receivedMsat], [settleIndex, PRICE_MSAT]);
    const next = await sell(at());
    const settled = (await market.lookUpInvoice(next.paymentHash))!.settled!;
    assert.equal(settled.settleIndex, settleIndex + 1n, 'nothing was settled in between');
  });

  it('A20 a fee above the limit fails the payment, and one at the limit does not', async () => {
    const { market, buyer } = at();
    const made = await makeInvoice(market);
    const asked = { bolt11: made.bolt11, timeoutMs: 20_000 };
    const refused = await buyer.pay({ ...asked, maxFeeMsat: FEE_MSAT - 1n });
    assert.deepEqual(refused, { state: 'failed', reason: 'route-not-found' });
    assert.equal((await buyer.track(made.paymentHash)).state, 'failed');
    assert.equal(await stateOf(market, made), 'open');
    const result = await buyer.pay({ ...asked, maxFeeMsat: FEE_MSAT });
    assert.equal(result.state, 'succeeded', 'what failed may be tried again');
  });

  it('more than there is fails the payment', async () => {
    const { market, buyer } = at();
    const made = await makeInvoice(market, { amountMsat: TOO_MUCH_MSAT });
    const refused = { state: 'failed', reason: 'insufficient-balance' };
    assert.deepEqual(await pay(buyer, made), refused);
    assert.equal((await buyer.track(made.paymentHash)).state, 'failed');
  });

  it('a hash that was never to be paid is unknown', async () => {
    const paymentHash = hashOf(randomBytes(32));
    assert.deepEqual(await at().buyer.track(paymentHash), { state: 'unknown' });
  });

  it('A08 a payment that is one millisatoshi short is refused, and the invoice can still be paid in full', async () => {
    const { market, buyer, payOff } = at();
    const made = await makeInvoice(market);
    assert.equal(await payOff(made.bolt11, PRICE_MSAT - 1n), false);
    assert.equal(await stateOf(market, made), 'open');
    assert.equal((await pay(buyer, made)).state, 'succeeded');
  });

  it('A09 more than was asked for is received, and told to the millisatoshi: one more, twice, and beyond', async () => {
    const { market, payOff } = at();
    for (const receivedMsat of [PRICE_MSAT + 1n, 2n * PRICE_MSAT, 2n * PRICE_MSAT + 1n]) {
      const made = await makeInvoice(market);
      assert.equal(await payOff(made.bolt11, receivedMsat), true, `${receivedMsat} msat`);
      const { settled } = (await market.lookUpInvoice(made.paymentHash))!;
      assert.equal(settled!.receivedMsat, receivedMsat);
    }
  });
}
