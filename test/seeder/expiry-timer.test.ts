import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { type Expiring, ExpiryHeap } from '../../seeder/expiry-heap.ts';
import { ExpiryTimer } from '../../seeder/expiry-timer.ts';
import { until } from './loopback.ts';

const DAY_MS = 86_400_000;

function item(expiresAtMs: number | null): Expiring {
  return { expiresAtMs, heapIndex: -1 };
}

test('ten thousand grants on one timer end in order and none early', async () => {
  const ended: Expiring[] = [];
  const early: number[] = [];
  const timer = new ExpiryTimer<Expiring>(Date.now, (item) => {
    if (Date.now() < item.expiresAtMs!) early.push(item.expiresAtMs!);
    ended.push(item);
  });
  const startMs = Date.now();
  for (let i = 0; i < 10_000; i++) timer.place(item(startMs + 100 + ((i * 7_919) % 500)));
  await until(() => ended.length === 10_000, 'all end');
  assert.deepEqual(early, []);
  assert.ok(ended.every((item, i) => i === 0 || ended[i - 1]!.expiresAtMs! <= item.expiresAtMs!));
});

test('an end beyond what a timer can hold (24.8 days) does not come early', async () => {
  const ended: Expiring[] = [];
  const timer = new ExpiryTimer<Expiring>(Date.now, (item) => ended.push(item));
  for (const days of [24.9, 30, 365, 36_500]) timer.place(item(Date.now() + days * DAY_MS));
  await sleep(100);
  assert.deepEqual(ended, []);
  timer.close();
});

test('when the clock is corrected forward, what is due ends at once', () => {
  let nowMs = 1_000;
  const ended: Expiring[] = [];
  const timer = new ExpiryTimer<Expiring>(
    () => nowMs,
    (item) => ended.push(item),
  );
  timer.place(item(601_000));
  timer.tick();
  assert.equal(ended.length, 0);
  nowMs = 601_000;
  timer.tick();
  assert.equal(ended.length, 1);
  timer.close();
});

test('whatever is added, moved and taken out, the heap gives the earliest first', () => {
  const steps = fc.array(
    fc.record({
      which: fc.nat(19),
      what: fc.constantFrom('place', 'remove'),
      atMs: fc.option(fc.nat(50), { freq: 8 }),
    }),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const heap = new ExpiryHeap<Expiring>();
      const items = Array.from({ length: 20 }, () => item(null));
      const inside = new Set<Expiring>();
      for (const { which, what, atMs } of all) {
        const chosen = items[which]!;
        if (what === 'place') chosen.expiresAtMs = atMs;
        heap[what as 'place' | 'remove'](chosen);
        if (what === 'remove' || atMs === null) inside.delete(chosen);
        else inside.add(chosen);
        const times = [...inside].map((one) => one.expiresAtMs!);
        assert.equal(heap.size, inside.size);
        assert.equal(heap.peek()?.expiresAtMs, times.length > 0 ? Math.min(...times) : undefined);
      }
    }),
  );
});
