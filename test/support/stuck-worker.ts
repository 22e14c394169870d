import pino from 'pino';
import { openPostgresBackend } from '../../adapters/queue/postgres-backend.ts';
import { openQueue } from '../../adapters/queue/queue.ts';
import { openRedisBackend } from '../../adapters/queue/redis-backend.ts';
import { IMPATIENT } from './queues.ts';

// A program for tests to kill: it takes one job of the queue at the given URL and never ends it.
const url = process.argv[2] ?? '';
const backend = url.startsWith('redis') ? openRedisBackend(url) : await openPostgresBackend(url);
const queue = openQueue(backend, pino({ level: 'silent' }), IMPATIENT);
await queue.work('settle', async () => {
  process.send?.('started');
  await new Promise(() => {});
});
