import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type InvoiceEvent,
  indexed,
  listen,
  ln,
  type Playground,
  pay,
  playground,
  until,
} from './harness.ts';

const SETTLED = 12;
const SETTLING_MS = 300;

let play: Playground;

before(async () => {
  play = await playground();
});

after(() => play[Symbol.asyncDispose]());

test('added and settled invoices are told live, in order, once each', async () => {
  using live = listen(play.market);
  const { events } = live;
  await ln.getInvoices({ lnd: play.market });
  await sleep(SETTLING_MS);
  await payMany(SETTLED);
  await ln.createInvoice({ lnd: play.market, tokens: 1 });
  await until('all is told', () => events.length >= 2 * SETTLED + 1);
  await sleep(SETTLING_MS);
  const added = events.filter((event) => !event.is_confirmed).map(({ index }) => index);
  assert.deepEqual(added, upTo(SETTLED + 1));
  assert.deepEqual(settleIndexes(events), upTo(SETTLED));
});

test('after a SIGKILL both indices replay exactly what came after them, then go on live', async () => {
  await play.sandbox.restart();
  await until('the node answers again', () =>
    ln.getWalletInfo({ lnd: play.market }).then(
      () => true,
      () => false,
    ),
  );
  using settles = listen(play.market, { confirmed_after: 4 });
  using adds = listen(play.market, { added_after: 10 });
  await until('the backlog is told', () => {
    return settles.events.length >= SETTLED - 4 && adds.events.length >= 3;
  });
  await payMany(2);
  await until('the live ones are told', () => {
    return settles.events.length >= SETTLED && adds.events.length >= 7;
  });
  await sleep(SETTLING_MS);
  assert.deepEqual(settleIndexes(settles.events), upTo(SETTLED + 2).slice(4));
  assert.deepEqual(
    adds.events.map(({ index }) => index),
    // Three of the backlog; then each new one as added and as settled, for live is not filtered.
    [11, 12, 13, 14, 14, 15, 15],
  );
});

test('invoices are listed newest first, in pages, by time, and open ones only', async () => {
  const { market } = play;
  const seen: number[] = [];
  let page = await ln.getInvoices({ lnd: market, limit: 4 });
  for (;;) {
    assert.ok(page.invoices.length <= 4);
    seen.push(
      ...indexed(page.invoices)
        .map(({ index }) => index)
        .sort((a, b) => b - a),
    );
    if (!page.next) break;
    page = await ln.getInvoices({ lnd: market, token: page.next });
  }
  assert.deepEqual(seen, upTo(SETTLED + 3).reverse());
  const open = await ln.getInvoices({ lnd: market, is_unconfirmed: true });
  assert.deepEqual(
    indexed(open.invoices).map(({ index }) => index),
    [SETTLED + 1],
  );
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  const none = await ln.getInvoices({ lnd: market, created_after: tomorrow });
  assert.equal(none.invoices.length, 0);
});

async function payMany(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const { request } = await ln.createInvoice({ lnd: play.market, tokens: 10 + index });
    await pay(play.buyer, request);
  }
}

function settleIndexes(events: InvoiceEvent[]): (number | undefined)[] {
  return events.filter((event) => event.is_confirmed).map((event) => event.confirmed_index);
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
