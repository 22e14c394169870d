import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  connect,
  indexed,
  listen,
  ln,
  type Playground,
  pay,
  playground,
  until,
} from './harness.ts';

const ROUNDS = 8;
const PER_ROUND = 12;
const MAX_LIFE_MS = 500;
// Long enough for the daemon to have found the port taken.
const HELD_MS = 3_000;

let play: Playground;

before(async () => {
  play = await playground();
});

after(() => play[Symbol.asyncDispose]());

test(`nothing is lost when the daemon is killed ${ROUNDS} times while it pays`, async () => {
  const { sandbox } = play;
  const told = new Map<string, string>();
  const created: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = told.size;
    const paying = Array.from({ length: PER_ROUND }, () => payOne(created, told));
    // Every other life lasts until something was paid, however slow the machine is.
    if (round % 2 === 1) {
      await until('a payment came through', async () => {
        // The first ones may find no route yet, just after a restart.
        if (told.size === before) await payOne(created, told);
        return told.size > before;
      });
    }
    await sleep(Math.random() * MAX_LIFE_MS);
    await sandbox.kill('SIGKILL');
    await Promise.all(paying);
    await sandbox.restart();
    // New connections: the old ones wait a second or more before they try again.
    play.market = connect(sandbox.nodes.market);
    play.buyer = connect(sandbox.nodes.buyer);
  }
  const { market, buyer } = play;
  await until('no payment is under way', async () => {
    const { payments } = await ln.getPendingPayments({ lnd: buyer });
    return payments.length === 0;
  });

  const invoices = indexed((await ln.getInvoices({ lnd: market, limit: 10_000 })).invoices);
  const { payments } = await ln.getPayments({ lnd: buyer, limit: 10_000 });
  const settled = invoices.filter((invoice) => invoice.is_confirmed);
  const paid = payments.filter((payment) => payment.is_confirmed);
  assert.ok(settled.length > 0, 'some payments came through between the kills');
  assert.deepEqual(
    paid.map(({ id }) => id).sort(),
    settled.map(({ id }) => id).sort(),
    'what the sender calls paid, the receiver calls settled',
  );
  for (const [id, secret] of told) {
    assert.equal(payments.find((payment) => payment.id === id)?.secret, secret);
  }
  for (const id of created) assert.ok(invoices.some((invoice) => invoice.id === id));
  assert.deepEqual(sorted(invoices.map(({ index }) => index)), upTo(invoices.length));
  const indexes = settled.map((invoice) => invoice.confirmed_index ?? 0);
  assert.deepEqual(sorted(indexes), upTo(settled.length));

  using replay = listen(market, { confirmed_after: 1 });
  await until('the replay is complete', () => replay.events.length >= settled.length - 1);
  assert.equal(replay.events.length, settled.length - 1);
});

test('after all the kills a payment goes through at once', async () => {
  const { request } = await ln.createInvoice({ lnd: play.market, tokens: 77 });
  await pay(play.buyer, request);
});

test('it comes back on its ports, also when somebody else was on one for a moment', async () => {
  const { sandbox } = play;
  const before = structuredClone(sandbox.nodes);
  await sandbox.kill('SIGKILL');
  const port = Number(before.buyer.socket.split(':')[1]);
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  const restarted = sandbox.restart();
  await sleep(HELD_MS);
  other.close();
  await restarted;
  assert.deepEqual(sandbox.nodes, before);
});

async function payOne(created: string[], told: Map<string, string>): Promise<void> {
  try {
    const { id, request } = await ln.createInvoice({ lnd: play.market, tokens: 900 });
    created.push(id);
    told.set(id, await pay(play.buyer, request));
  } catch {
    // Killed meanwhile: whether it was made or paid shows afterwards.
  }
}

function sorted(numbers: number[]): number[] {
  return numbers.sort((a, b) => a - b);
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
