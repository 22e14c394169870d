import { Redis } from 'ioredis';

const ANSWER_TIMEOUT_MS = 3_000;

/** What an operator should know of the memory of a Redis that jobs lie in; null: nothing, or it is away. */
export async function redisMemoryWarning(redisUrl: string): Promise<string | null> {
  const client = new Redis(redisUrl, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: ANSWER_TIMEOUT_MS,
    commandTimeout: ANSWER_TIMEOUT_MS,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return warningOf(await client.info('memory'));
  } catch {
    return null;
  } finally {
    client.disconnect();
  }
}

function warningOf(info: string): string | null {
  const read = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  const policy = read('maxmemory_policy');
  if (policy !== 'noeviction') {
    return `Redis throws jobs away when its memory is full (maxmemory-policy ${policy}): set it to noeviction. They are rebuilt from Postgres, late`;
  }
  if (Number(read('maxmemory')) === 0) return null;
  return `Redis takes no more jobs when its ${read('maxmemory_human')} (maxmemory) are full: watch how much of it is used`;
}
