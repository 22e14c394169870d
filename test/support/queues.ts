import pg from 'pg';
import { openPostgresBackend } from '../../adapters/queue/postgres-backend.ts';
import type { Backend } from '../../adapters/queue/queue.ts';
import { openRedisBackend } from '../../adapters/queue/redis-backend.ts';
import { createDatabase } from './database.ts';
import { startRedis, withoutRedis } from './redis.ts';

/** A place for jobs, and what may happen to it. */
export interface QueuePlace extends AsyncDisposable {
  open(): Promise<Backend>;
  /** Loses every job and whatever else is known of them, while others work. */
  flush(): Promise<void>;
  /** Cuts every connection. On Redis everything is lost with it. */
  crash(): Promise<void>;
}

export interface QueueKind {
  name: string;
  skip: string | false;
  create(): Promise<QueuePlace>;
}

/** Where jobs may lie: what is true of one must be true of the other. */
export const QUEUES: QueueKind[] = [
  { name: 'Postgres', skip: false, create: postgres },
  { name: 'Redis', skip: withoutRedis, create: redis },
];

async function postgres(): Promise<QueuePlace> {
  const db = await createDatabase();
  return {
    open: () => openPostgresBackend(db.url),
    async flush() {
      const client = new pg.Client({ connectionString: db.url });
      await client.connect();
      const { rows } = await client.query<{ name: string }>(`
        SELECT quote_ident(tablename) AS name FROM pg_tables
        WHERE schemaname = 'bullmq' AND tablename NOT LIKE '%migration%'`);
      await client.query('SET search_path = bullmq');
      await client.query(`TRUNCATE ${rows.map(({ name }) => name).join(', ')} CASCADE`);
      await client.end();
    },
    async crash() {
      await db.outside(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = '${db.name}' AND pid <> pg_backend_pid()`);
    },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

async function redis(): Promise<QueuePlace> {
  const server = await startRedis();
  return {
    open: async () => openRedisBackend(server.url),
    flush: async () => void (await server.command('FLUSHALL')),
    async crash() {
      await server.kill();
      await server.start();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
