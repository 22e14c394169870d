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
  // What the handshake is refused with comes as an event; the call itself then only says that the connection is closed.
  let isRefused = false;
  const note = ({ message }: Error) => {
    isRefused ||= REFUSED.test(message);
  };
  client.on('error', note);
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    note(error as Error);
  } finally {
    client.disconnect();
  }
  return isRefused ? 'Redis does not take this password' : null;
}
