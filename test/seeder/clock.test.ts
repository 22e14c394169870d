import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Clock } from '../../seeder/clock.ts';
import { silent } from './market.ts';

test('without a database ever asked there is no time', () => {
  assert.throws(() => new Clock(silent).nowMs());
});

test("A30: grants are judged by the database's clock, and a skew of minutes is reported once", () => {
  const warnings: unknown[] = [];
  const log = { ...silent, warn: (detail: unknown) => warnings.push(detail) } as typeof silent;
  const clock = new Clock(log);
  for (let poll = 0; poll < 3; poll++) {
    const nowMs = performance.now();
    clock.anchor(Date.now() + 600_000, nowMs, nowMs);
  }
  assert.ok(Math.abs(clock.nowMs() - Date.now() - 600_000) < 1_000);
  assert.equal(warnings.length, 1);
});

test("setting this machine's clock moves nothing", () => {
  const clock = new Clock(silent);
  const askedAtMs = performance.now();
  clock.anchor(Date.now(), askedAtMs, askedAtMs);
  const beforeMs = clock.nowMs();
  const realNow = Date.now;
  mock.method(Date, 'now', () => realNow() - 3_600_000);
  assert.ok(Math.abs(clock.nowMs() - beforeMs) < 1_000);
  mock.restoreAll();
});

test('an answer that took long does not move a clock that is set', () => {
  const clock = new Clock(silent);
  clock.anchor(1_000_000, 0, 0);
  clock.anchor(9_000_000, 0, 5_000);
  assert.ok(clock.nowMs() < 9_000_000);
});
