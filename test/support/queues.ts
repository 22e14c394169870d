import pg from 'pg';
import { openPostgresBackend } from '../../adapters/queue/postgres-backend.ts';
import type { Backend } from '../../adapters/queue/queue.ts';
import { openRedisBackend } from '../../adapters/queue/redis-backend.ts';
import { createDatabase } from './database.ts';
import { startRedis, withoutRedis } from './redis.ts';

/** How long a test waits for what a killed worker left behind: long enough for one on a busy machine to keep it. */
export const IMPATIENT = { lockMs: 3_000, stalledCheckMs: 1_000 };

const DEADLOCK = '40P01';

/** A place for jobs, and what may happen to it. */
export interface QueuePlace extends AsyncDisposable {
  url: string;
  open(): Promise<Backend>;
  /** Loses every job and whatever else is known of them, while others work. */
  flush(): Promise<void>;
  /** Leaves nothing of the queue, while nobody works. */
  wipe(): Promise<void>;
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
  const query = async (sql: string) => {
    const client = new pg.Client({ connectionString: db.url });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  // What locks every table loses a deadlock now and then against those who work, and is tried again.
  const queryUntilDone = async (sql: string): Promise<void> => {
    await query(sql).catch((error) => {
      if (error.code !== DEADLOCK) throw error;
      return queryUntilDone(sql);
    });
  };
  return {
    url: db.url,
    open: () => openPostgresBackend(db.url),
    flush: () =>
      queryUntilDone(`DO $$ BEGIN EXECUTE (
        SELECT 'TRUNCATE ' || string_agg(format('bullmq.%I', tablename), ', ') || ' CASCADE' FROM pg_tables
        WHERE schemaname = 'bullmq' AND tablename NOT LIKE '%migration%'); END $$`),
    wipe: () => query('DROP SCHEMA bullmq CASCADE'),
    async crash() {
      await db.outside(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = '${db.name}' AND pid <> pg_backend_pid()`);
    },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

async function redis(): Promise<QueuePlace> {
  const server = await startRedis();
  const flush = async () => void (await server.command('FLUSHALL'));
  return {
    url: server.url,
    open: async () => openRedisBackend(server.url),
    flush,
    wipe: flush,
    async crash() {
      await server.kill();
      await server.start();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
