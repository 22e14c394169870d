import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, planOf } from '../../chaos/faults.ts';
import { seededFor } from '../../chaos/random.ts';

function begin(seed: number, count = 1_000): Fault[] {
  const plan = planOf({ seed, paceMs: 2_500 });
  return Array.from({ length: count }, () => plan.next().value as Fault);
}

test('a seed makes the same plan again, and another seed another', () => {
  assert.deepEqual(begin(7), begin(7));
  assert.notDeepEqual(begin(7), begin(8));
});

test('a plan kills every part, at the pace that was asked for', () => {
  const faults = begin(7);
  const names = new Set(faults.map(({ name }) => name));
  for (const part of ['server', 'workers', 'seeder', 'redis', 'postgres', 'node', 'all']) {
    assert.ok([...names].includes(`${part} killed` as Fault['name']), part);
  }
  const meanMs = faults.reduce((sum, { afterMs }) => sum + afterMs, 0) / faults.length;
  assert.ok(meanMs > 2_200 && meanMs < 2_800, `${meanMs} ms`);
});

test('what one visitor draws does not shift what another does', () => {
  const draws = (n: number) => Array.from({ length: 5 }, seededFor(1, 'visitor', n).next);
  assert.deepEqual(draws(3), draws(3));
  assert.notDeepEqual(draws(3), draws(4));
});
