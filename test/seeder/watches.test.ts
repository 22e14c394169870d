import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { openAnnouncements } from '../../boot/announcements.ts';
import type { OrderState } from '../../protocol/messages.ts';
import { Lane } from '../../seeder/desk/lane.ts';
import { Watches } from '../../seeder/desk/watches.ts';
import { until } from './loopback.ts';

/** Orders that change when they are told to, and one peer that watches them. */
async function openWatches() {
  let notify: (id: string) => void = () => {};
  const orders = await openAnnouncements(async (_, onNotify) => {
    notify = onNotify;
    return { close: async () => {} };
  }, 'orders');
  const states = new Map<string, { state: OrderState['state']; version: number }>();
  const said: OrderState[] = [];
  const reads = { count: 0, open: 0, most: 0, fail: false };
  const watches = new Watches({
    orders,
    say: (state) => void said.push(state),
    async read(id) {
      reads.count += 1;
      reads.open += 1;
      reads.most = Math.max(reads.most, reads.open);
      const seen = states.get(id);
      await turn();
      reads.open -= 1;
      if (reads.fail) throw new Error('away');
      return seen ? ({ id, ...seen, nowMs: reads.count } as never) : null;
    },
  });
  return {
    states,
    said,
    reads,
    watches,
    notify: (id: string) => notify(id),
    add() {
      const id = randomUUID();
      states.set(id, { state: 'open', version: 0 });
      return id;
    },
    set(id: string, state: OrderState['state'], version: number) {
      states.set(id, { state, version });
      notify(id);
    },
  };
}

test('a change is said once, however often it is told of, and one reading is under way at a time', async () => {
  const open = await openWatches();
  const id = open.add();
  await open.watches.watch(id);
  await until(() => open.reads.count === 2, 'read once more behind the watching');
  for (let i = 1; i <= 1_000; i += 1) open.set(id, 'open', i);
  await until(() => open.said.length > 0, 'said');
  await turn();
  assert.ok(open.reads.count < 10, `${open.reads.count} readings`);
  assert.equal(open.reads.most, 1);
  assert.equal((open.said.at(-1) as never as { version: number }).version, 1_000);
  for (let i = 0; i < 10; i += 1) open.notify('');
  await turn();
  await turn();
  assert.equal(open.said.length, 1, 'what has not changed is not said again');
});

test('no more than the newest 32 are watched, none that is paid, and none of a peer that left', async () => {
  const open = await openWatches();
  const ids = Array.from({ length: 100 }, () => open.add());
  for (const id of ids) await open.watches.watch(id);
  assert.equal(open.watches.size, 32);
  await open.watches.watch(randomUUID());
  assert.equal(open.watches.size, 32, 'what is not there is not watched');
  open.set(ids.at(-1)!, 'paid', 1);
  await until(() => open.watches.size === 31, 'a paid one is at its end');
  assert.equal(open.said.length, 1);
  open.set(ids[0]!, 'paid', 1);
  open.watches.close();
  assert.equal(open.watches.size, 0);
  open.set(ids.at(-2)!, 'paid', 1);
  await turn();
  await turn();
  assert.equal(open.said.length, 1);
  await open.watches.watch(ids[0]!);
  assert.equal(open.watches.size, 0);
});

test('a reading that failed is made up for by the next word', async () => {
  const open = await openWatches();
  const id = open.add();
  await open.watches.watch(id);
  const isRead = (times: number) => open.reads.count === times && open.reads.open === 0;
  await until(() => isRead(2), 'read once more behind the watching');
  open.reads.fail = true;
  open.set(id, 'open', 1);
  await until(() => isRead(3), 'read, in vain');
  open.reads.fail = false;
  open.notify('');
  await until(() => open.said.length === 1, 'said');
});

test('a lane runs so many at once, in order, and turns away whom it has no room for', async () => {
  const lane = new Lane(2, 3);
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const started: number[] = [];
  const work = (i: number) => async () => {
    started.push(i);
    await gates[i]!.promise;
    if (i === 1) throw new Error('a fault');
    return i;
  };
  const runs = gates.map((_, i) => lane.run(work(i)));
  assert.equal(lane.run(work(0)), null);
  assert.deepEqual(started, [0, 1]);
  const failed = assert.rejects(runs[1]!);
  for (const gate of gates) gate.resolve();
  await failed;
  assert.deepEqual(await Promise.all([0, 2, 3, 4].map((i) => runs[i])), [0, 2, 3, 4]);
  assert.deepEqual(started, [0, 1, 2, 3, 4]);
});
