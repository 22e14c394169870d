import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { redisMemoryWarning } from '../../adapters/queue/redis-memory.ts';
import { startRedis, type TestRedis, withoutRedis } from '../support/redis.ts';

describe('the memory of a Redis', { skip: withoutRedis }, () => {
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis[Symbol.asyncDispose]());
  const set = (name: string, value: string) => redis.command('CONFIG', 'SET', name, value);

  it('is no reason to warn when it has no bound and nothing is evicted', async () => {
    assert.equal(await redisMemoryWarning(redis.url), null);
  });

  it('is, when it has a bound', async () => {
    await set('maxmemory', '100mb');
    assert.match((await redisMemoryWarning(redis.url))!, /100\.00M/);
  });

  it('A43 is, when jobs may be evicted', async () => {
    await set('maxmemory-policy', 'allkeys-lru');
    assert.match((await redisMemoryWarning(redis.url))!, /allkeys-lru/);
  });

  it('says nothing while Redis is away', async () => {
    await redis.kill();
    assert.equal(await redisMemoryWarning(redis.url), null);
  });
});
