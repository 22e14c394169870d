import { once } from 'node:events';
import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { LimitStore } from './limiter.ts';

const TIMEOUT_MS = 2_000;

/** Counts in Redis, which forgets what is over by itself. */
export async function openRedisStore(redisUrl: string): Promise<LimitStore> {
  const client = new Redis(redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: TIMEOUT_MS,
  });
  // It connects again by itself; what is asked meanwhile fails, and is told there.
  client.on('error', () => {});
  await once(client, 'ready', { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => {});
  return {
    counter: ({ keyPrefix, ...options }) =>
      new RateLimiterRedis({
        ...options,
        keyPrefix: `limit:${keyPrefix}`,
        storeClient: client,
        rejectIfRedisNotReady: true,
      }),
    ping: async () => void (await client.ping()),
    close: async () => client.disconnect(),
  };
}
