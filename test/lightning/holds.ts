import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { NodeUnreachable } from '../../ports/lightning.ts';
import { until } from '../support/until.ts';
import {
  bringBack,
  hashOf,
  makeHeld,
  makeInvoice,
  PRICE_MSAT,
  pay,
  stateOf,
  untilState,
} from './buying.ts';
import type { Place } from './place.ts';

const INVALID = { state: 'failed', reason: 'invalid-payment' };
// What the market asks for, and what payers add: a few blocks for such as are mined on the way, up to three days to hide it.
const BLOCKS_LEFT = { min: 80, max: 80 + 3 * 144 + 3 };
// So many blocks before the payer could go to the chain a node gives a held payment back by itself.
const GIVEN_BACK_BLOCKS = 18;
// Long enough for a payment to arrive on a busy machine.
const EXPIRY_MS = 6_000;

/** What holds of payments that wait at the node. */
export function holds(at: () => Place): void {
  it('a held payment waits, and is taken with its preimage, once', async () => {
    const { market, buyer } = at();
    const held = await makeHeld(at());
    assert.deepEqual(await buyer.track(held.paymentHash), { state: 'pending' });
    const { settled, blocksLeft } = (await market.lookUpInvoice(held.paymentHash))!;
    assert.equal(settled, null);
    assert.ok(blocksLeft! >= BLOCKS_LEFT.min && blocksLeft! <= BLOCKS_LEFT.max, `${blocksLeft}`);
    await market.settleHeld(held.preimage);
    await market.settleHeld(held.preimage);
    const found = (await market.lookUpInvoice(held.paymentHash))!;
    assert.deepEqual([found.state, found.blocksLeft], ['settled', null]);
    assert.equal(found.settled!.receivedMsat, PRICE_MSAT);
    const paid = await held.paid;
    assert.deepEqual(paid.state === 'succeeded' && paid.preimage, Buffer.from(held.preimage));
  });

  it('a held payment that is cancelled is given back, and cannot be taken any more', async () => {
    const { market, buyer } = at();
    const held = await makeHeld(at());
    await market.cancelInvoice(held.paymentHash);
    await market.cancelInvoice(held.paymentHash);
    assert.deepEqual(await held.paid, INVALID);
    assert.equal((await buyer.track(held.paymentHash)).state, 'failed');
    await market.settleHeld(held.preimage);
    const found = (await market.lookUpInvoice(held.paymentHash))!;
    assert.deepEqual([found.state, found.settled, found.blocksLeft], ['cancelled', null, null]);
  });

  it('where nothing is held nothing is taken', async () => {
    const { market } = at();
    await market.settleHeld(randomBytes(32));
    const open = await makeInvoice(market, { hold: true });
    await market.settleHeld(open.preimage);
    assert.equal(await stateOf(market, open), 'open');
  });

  it('a taken payment cannot be given back', async () => {
    const { market } = at();
    const held = await makeHeld(at());
    await market.settleHeld(held.preimage);
    await market.cancelInvoice(held.paymentHash);
    assert.equal(await stateOf(market, held), 'settled');
    assert.equal((await held.paid).state, 'succeeded');
  });

  it('whoever waits for the payment hears that it is held, and at once when it was before', async () => {
    const { market, buyer } = at();
    const made = await makeInvoice(market, { hold: true });
    const arrived = market.untilArrived(made.paymentHash, new AbortController().signal);
    const paid = buyer.pay({ bolt11: made.bolt11, maxFeeMsat: 10_000n, timeoutMs: 20_000 });
    await arrived;
    assert.equal(await stateOf(market, made), 'held');
    await market.untilArrived(made.paymentHash, new AbortController().signal);
    await market.settleHeld(made.preimage);
    await market.untilArrived(made.paymentHash, new AbortController().signal);
    await paid;
  });

  it('whoever waits for the payment hears that it was cancelled, and stops when told to', async () => {
    const { market } = at();
    const made = await makeInvoice(market, { hold: true });
    const arrived = market.untilArrived(made.paymentHash, new AbortController().signal);
    await market.cancelInvoice(made.paymentHash);
    await arrived;
    const never = new AbortController();
    const waiting = market.untilArrived(hashOf(randomBytes(32)), never.signal);
    never.abort();
    await waiting;
  });

  it('an expired hold invoice is cancelled while nothing is held, and a held payment outlives the expiry', async () => {
    const { market } = at();
    const expiresAtMs = Date.now() + EXPIRY_MS;
    const unpaid = await makeInvoice(market, { hold: true, expiresAtMs });
    const made = await makeInvoice(market, { hold: true, expiresAtMs });
    const paid = pay(at().buyer, made);
    await untilState(market, made, 'held');
    await untilState(market, unpaid, 'cancelled');
    assert.equal(await stateOf(market, made), 'held');
    await market.settleHeld(made.preimage);
    assert.equal((await paid).state, 'succeeded');
  });

  it('a held payment is still held when the node was killed, and can then be taken or given back', async () => {
    const { market, buyer, kill } = at();
    const [taken, givenBack] = [await makeHeld(at()), await makeHeld(at())];
    await kill('market');
    await bringBack(at(), 'market');
    assert.equal(await stateOf(market, taken), 'held');
    await market.settleHeld(taken.preimage);
    await market.cancelInvoice(givenBack.paymentHash);
    await untilTold(buyer, taken.paymentHash, 'succeeded');
    await untilTold(buyer, givenBack.paymentHash, 'failed');
  });

  it('A18 a payment whose node was killed on the way is pending until its outcome is known', async () => {
    const { market, buyer, kill } = at();
    const held = await makeHeld(at());
    await kill('buyer');
    await assert.rejects(buyer.track(held.paymentHash), NodeUnreachable);
    await bringBack(at(), 'buyer');
    assert.deepEqual(await buyer.track(held.paymentHash), { state: 'pending' });
    const again = { bolt11: held.bolt11, maxFeeMsat: 10_000n, timeoutMs: 20_000 };
    assert.deepEqual(await buyer.pay(again), { state: 'pending' });
    await untilState(market, held, 'held');
    await market.settleHeld(held.preimage);
    await untilTold(buyer, held.paymentHash, 'succeeded');
  });

  it('A15 a payment that nobody takes or gives back is given back before it can go to the chain', async () => {
    const { market, mine } = at();
    const held = await makeHeld(at());
    const { blocksLeft } = (await market.lookUpInvoice(held.paymentHash))!;
    await mine(blocksLeft! - GIVEN_BACK_BLOCKS - 1);
    const still = (await market.lookUpInvoice(held.paymentHash))!;
    assert.deepEqual([still.state, still.blocksLeft], ['held', GIVEN_BACK_BLOCKS + 1]);
    await mine(1);
    assert.deepEqual(await held.paid, INVALID);
    assert.equal(await stateOf(market, held), 'cancelled');
  });
}

async function untilTold(payer: Place['buyer'], paymentHash: Uint8Array, state: string) {
  await until(async () => (await payer.track(paymentHash)).state === state, 60_000);
}
