import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { remembering } from '../../flow/remember.ts';
import { until } from '../support/until.ts';

test('what takes long to read is read once for all who ask meanwhile, and again when it has grown old', async () => {
  const key = {};
  let reads = 0;
  const read = remembering(async (_key: object) => {
    reads += 1;
    await sleep(30);
    return reads;
  });
  assert.deepEqual(await Promise.all([read(key), read(key), read(key)]), [1, 1, 1]);
  assert.equal(await read(key), 1);
  assert.equal(await read({}), 2, 'another thing is read by itself');
  await until(async () => (await read(key)) === 3);
});

test('what could not be read is not remembered', async () => {
  const key = {};
  let reads = 0;
  const read = remembering(async (_key: object) => {
    reads += 1;
    if (reads === 1) throw new Error('away');
    return reads;
  });
  await assert.rejects(read(key));
  assert.equal(await read(key), 2);
});
