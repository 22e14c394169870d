import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { openQueue } from '../../adapters/queue/queue.ts';
import { openRedisBackend } from '../../adapters/queue/redis-backend.ts';
import { startRedis, withoutRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const AWAY_MS = 2_000;
// BullMQ's workers try again up to 20 s later.
const BACK_MS = 30_000;

describe('queues whose Redis is away', { skip: withoutRedis }, () => {
  it('say so once, and not at each attempt of each connection', async () => {
    await using redis = await startRedis();
    const lines: { msg: string; err: { code?: string } }[] = [];
    const log = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
    const queue = openQueue(openRedisBackend(redis.url), log);
    const done: string[] = [];
    const names = ['expire', 'settle', 'sweep'] as const;
    for (const name of names) {
      await queue.work(name, async (id) => void done.push(id));
      await queue.add(name, 'before');
    }
    await until(async () => done.length === 3);

    await redis.kill();
    await until(async () => lines.some(({ err }) => err.code === 'ECONNREFUSED'));
    await sleep(AWAY_MS);
    const kinds = lines.map(({ msg, err }) => `${msg} ${err.code}`);
    assert.deepEqual(kinds, [...new Set(kinds)]);
    assert.ok(kinds.length <= 3, kinds.join());

    await redis.start();
    for (const name of names) await queue.add(name, 'after');
    await until(async () => done.length === 6, BACK_MS);
    await queue.close();
  });
});
