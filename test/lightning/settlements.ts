import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Lightning, SettledInvoice } from '../../ports/lightning.ts';
import { until } from '../support/until.ts';
import {
  bringBack,
  type Made,
  makeHeld,
  makeInvoice,
  sell,
  stateOf,
  untilAnswering,
} from './buying.ts';
import type { Place } from './place.ts';

const MANY = 130;
const BATCH = 32;

/** What holds of the stream of settlements, and of their list. */
export function settlements(at: () => Place): void {
  it('tells what was settled after an index, in order, and from then on what is settled', async () => {
    const { market } = at();
    const first = await sell(at());
    const cursor = await indexOf(market, first);
    const missed = [await sell(at()), await sell(at()), await sell(at())];
    await using told = follow(market, cursor);
    await told.until(missed.length);
    const live = [await sell(at()), await sell(at())];
    await told.until(missed.length + live.length);
    assert.deepEqual(told.hashes(), [...missed, ...live].map(hex));
    assert.deepEqual(told.indexes(), upTo(cursor, missed.length + live.length));
  });

  it('index 0 tells nothing that was before', async () => {
    const { market } = at();
    await sell(at());
    await using told = follow(market, 0n);
    // The subscription is there once it tells of something.
    const live: Made[] = [];
    await until(async () => live.push(await sell(at())) > 0 && told.invoices.length > 0);
    assert.deepEqual(told.hashes(), live.slice(-told.invoices.length).map(hex));
  });

  it('open, held, cancelled and refused payments are not told and leave no gap', async () => {
    const { market, payOff } = at();
    const cursor = await indexOf(market, await sell(at()));
    await using told = follow(market, cursor);
    const [open, held] = [await makeInvoice(market), await makeHeld(at())];
    const cancelled = await makeHeld(at());
    await market.cancelInvoice(cancelled.paymentHash);
    await payOff(open.bolt11, 1_000n);
    const sold = await sell(at());
    await market.settleHeld(held.preimage);
    await told.until(2);
    assert.deepEqual(told.hashes(), [sold, held].map(hex), 'in the order of settling');
    assert.deepEqual(told.indexes(), upTo(cursor, 2));
    await Promise.all([held.paid, cancelled.paid]);
  });

  it('A14 an index that the node has not reached yet is told nothing up to there', async () => {
    const { market } = at();
    const cursor = await indexOf(market, await sell(at()));
    await using told = follow(market, cursor + 2n);
    const sold = [await sell(at()), await sell(at()), await sell(at())];
    await told.until(1);
    assert.deepEqual(told.hashes(), sold.slice(2).map(hex));
  });

  it('is told a bounded number at once, and nothing before what was told is done with', async () => {
    const { market } = at();
    const cursor = await indexOf(market, await sell(at()));
    const count = BATCH + 3;
    for (let made = 0; made < count; made += 5) {
      await Promise.all(Array.from({ length: 5 }, () => sell(at())));
    }
    const sizes: number[] = [];
    let isBusy = false;
    await using told = follow(market, cursor, async (invoices) => {
      assert.equal(isBusy, false);
      isBusy = true;
      await new Promise((resolve) => setTimeout(resolve, 50));
      isBusy = false;
      sizes.push(invoices.length);
    });
    await told.until(count);
    assert.ok(Math.max(...sizes) <= BATCH, sizes.join());
    assert.deepEqual(told.indexes(), upTo(cursor, count));
  });

  it('whoever cannot take what is told hears no more, and begins again from their cursor', async () => {
    const { market } = at();
    const cursor = await indexOf(market, await sell(at()));
    await sell(at());
    const failing = market.watchSettled(
      cursor,
      () => Promise.reject(new Error('the database is away')),
      new AbortController().signal,
    );
    await assert.rejects(failing, /the database is away/);
    await using told = follow(market, cursor);
    await told.until(1);
  });

  it('lists every settled invoice created since then, page by page, newest first', async () => {
    const { market } = at();
    const before = await sell(at());
    // The node's times are whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const sinceMs = Date.now() - 1_000;
    const sold = [await sell(at()), await sell(at())];
    for (let made = 0; made < MANY; made += 10) {
      await Promise.all(Array.from({ length: 10 }, () => makeInvoice(market)));
    }
    sold.push(await sell(at()));
    const listed: SettledInvoice[] = [];
    for await (const invoice of market.settledSince(sinceMs)) listed.push(invoice);
    assert.deepEqual(listed.map(hex), sold.reverse().map(hex));
    const all: string[] = [];
    for await (const invoice of market.settledSince(0)) all.push(hex(invoice));
    assert.ok(all.includes(hex(before)));
  });

  it('A02 a node that is killed ends the stream, and tells what was settled meanwhile when asked again', async () => {
    const { market, kill } = at();
    const cursor = await indexOf(market, await sell(at()));
    const seen = await sell(at());
    const broken = follow(market, cursor);
    await broken.until(1);
    await kill('market');
    await assert.rejects(broken.ended);
    await bringBack(at(), 'market');
    const missed = [await sell(at()), await sell(at())];
    await using told = follow(market, cursor);
    await told.until(3);
    assert.deepEqual(told.hashes(), [seen, ...missed].map(hex));
    assert.deepEqual(told.indexes(), upTo(cursor, 3));
  });

  it('A14 a node that is put back to an older copy of itself gives the same indexes to other invoices', async () => {
    const { market, backUp, restore } = at();
    const kept = await sell(at());
    const cursor = await indexOf(market, kept);
    await backUp();
    await untilAnswering(at());
    const lost = await sell(at());
    assert.equal(await indexOf(market, lost), cursor + 1n);
    await restore();
    await untilAnswering(at());
    assert.equal(await indexOf(market, kept), cursor);
    assert.equal(await market.lookUpInvoice(lost.paymentHash), null);
    const next = await sell(at());
    assert.equal(await indexOf(market, next), cursor + 1n);
    // Within the same second it is the same invoice, word for word.
    await makeInvoice(market, { preimage: lost.preimage });
    assert.equal(await stateOf(market, lost), 'open', 'what is lost can be made once more');
  });
}

/** Follows settlements until it is disposed of. */
export function follow(
  node: Lightning,
  after: bigint,
  onSettled: (invoices: SettledInvoice[]) => Promise<void> = async () => {},
) {
  const over = new AbortController();
  const invoices: SettledInvoice[] = [];
  const ended = node.watchSettled(
    after,
    async (some) => {
      await onSettled(some);
      invoices.push(...some);
    },
    over.signal,
  );
  ended.catch(() => {});
  return {
    invoices,
    ended,
    hashes: () => invoices.map(hex),
    indexes: () => invoices.map(({ settleIndex }) => settleIndex),
    until: (count: number) =>
      Promise.race([until(async () => invoices.length >= count, 60_000), ended]),
    async [Symbol.asyncDispose]() {
      over.abort();
      await ended;
    },
  };
}

export async function indexOf(node: Lightning, { paymentHash }: Made): Promise<bigint> {
  return (await node.lookUpInvoice(paymentHash))!.settled!.settleIndex;
}

function upTo(cursor: bigint, count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => cursor + BigInt(index) + 1n);
}

function hex({ paymentHash }: { paymentHash: Uint8Array }): string {
  return Buffer.from(paymentHash).toString('hex');
}
