import { Redis } from 'ioredis';

const ANSWER_TIMEOUT_MS = 3_000;
const REFUSED = /^(WRONGPASS|NOAUTH|NOPERM)/;

/** Why a Redis cannot be used; null when it can. One that is away is no fault: what it holds can be done without. */
export async function redisFault(redisUrl: string): Promise<string | null> {
  const client = new Redis(redisUrl, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: ANSWER_TIMEOUT_MS,
    commandTimeout: ANSWER_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.ping();
    return null;
  } catch (error) {
    return REFUSED.test((error as Error).message) ? 'Redis does not take this password' : null;
  } finally {
    client.disconnect();
  }
}
