import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Backend } from './queue.ts';

/** Jobs in a Redis of one's own, shared by any number of workers. */
export function openRedisBackend(redisUrl: string): Backend {
  // Workers block on their connection, so a command is never given up on.
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  connection.on('error', () => {});
  return {
    queue: (name) => new Queue(name, { connection }),
    worker: (name, run, options) => new Worker(name, run, { connection, ...options }),
    async ping() {
      // Asked while it is away, it would answer when it is back.
      if (connection.status !== 'ready') throw new Error(`Redis is ${connection.status}`);
      await connection.ping();
    },
    close: async () => connection.disconnect(),
  };
}
