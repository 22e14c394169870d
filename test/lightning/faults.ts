import assert from 'node:assert/strict';
import { it } from 'node:test';
import { NodeUnreachable } from '../../ports/lightning.ts';
import { connect } from '../support/market.ts';
import { startTcpRelay } from '../support/tcp-relay.ts';
import { bringBack, makeInvoice, sell } from './buying.ts';
import type { Place } from './place.ts';
import { follow, indexOf } from './settlements.ts';

/** What holds when the way to the node is bad. */
export function faults(at: () => Place): void {
  it('A02 a stream that is cut ends, and tells what it missed when it is asked again', async () => {
    await using far = await overRelay(at());
    const cursor = await indexOf(at().market, await sell(at()));
    const broken = follow(far.market, cursor);
    await sell(at());
    await broken.until(1);
    far.relay.cut();
    await assert.rejects(broken.ended);
    const missed = await sell(at());
    await using told = follow(far.market, cursor + 1n);
    await told.until(1);
    assert.deepEqual(told.hashes(), [Buffer.from(missed.paymentHash).toString('hex')]);
  });

  it('A13 a connection that has gone dead without a word is noticed by calls and by streams', async () => {
    await using far = await overRelay(at());
    const cursor = await indexOf(at().market, await sell(at()));
    const held = await makeInvoice(at().market, { hold: true });
    const broken = follow(far.market, cursor);
    await sell(at());
    await broken.until(1);
    const waiting = far.market.untilArrived(held.paymentHash, new AbortController().signal);
    far.relay.freeze();
    await Promise.all([
      assert.rejects(far.market.lookUpInvoice(held.paymentHash), NodeUnreachable),
      assert.rejects(broken.ended, NodeUnreachable),
      assert.rejects(waiting, NodeUnreachable),
    ]);
    const missed = await sell(at());
    far.relay.thaw();
    await using told = follow(far.market, cursor + 1n);
    await told.until(1);
    assert.deepEqual(told.hashes(), [Buffer.from(missed.paymentHash).toString('hex')]);
  });

  it('A13 a node that is away is unreachable, whatever it is asked', async () => {
    const { market, kill } = at();
    const made = await makeInvoice(market, { hold: true });
    const never = new AbortController().signal;
    await kill('market');
    const calls = [
      market.lookUpInvoice(made.paymentHash),
      makeInvoice(market),
      market.cancelInvoice(made.paymentHash),
      market.settleHeld(made.preimage),
      market.untilArrived(made.paymentHash, never),
      market.watchSettled(1n, async () => {}, never),
      market.settledSince(0)[Symbol.asyncIterator]().next(),
      market.track(made.paymentHash),
      market.pay({ bolt11: made.bolt11, maxFeeMsat: 0n, timeoutMs: 1_000 }),
    ];
    for (const call of calls) call.catch(() => {});
    for (const call of calls) await assert.rejects(call, NodeUnreachable);
    await bringBack(at(), 'market');
    await sell(at());
  });
}

async function overRelay({ nodes }: Place) {
  const relay = await startTcpRelay(nodes.market.socket);
  const market = connect({ ...nodes.market, socket: relay.socket });
  return { relay, market, [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose]() };
}
