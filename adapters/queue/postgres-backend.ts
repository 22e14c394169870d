import {
  createPostgresBackend,
  DEFAULT_SCHEMA,
  type Job,
  type PgPool,
  type Queue,
  runMigrations,
  type Worker,
  withBackend,
} from 'bullmq';
import pg from 'pg';
import type { Backend } from './queue.ts';

const POOL_CONNECTIONS = 20;

const { Queue: PgQueue, Worker: PgWorker } = withBackend(createPostgresBackend);

/** Jobs in the schema `bullmq` of the same database: nothing more to install or to back up. */
export async function openPostgresBackend(databaseUrl: string): Promise<Backend> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: POOL_CONNECTIONS,
    // BullMQ's statements name its tables without their schema.
    options: `-c search_path=${DEFAULT_SCHEMA}`,
  });
  // An idle connection that breaks is replaced by the pool; unheard, the event would end the process.
  pool.on('error', () => {});
  // Every queue and worker listens to the one pool.
  pool.setMaxListeners(0);
  await runMigrations(pool);
  // BullMQ describes the part of pg's Pool that it uses with types of its own.
  const connection = pool as unknown as PgPool;
  return {
    queue: (name) => new PgQueue(name, { connection }) as unknown as Queue<{ id: string }>,
    worker: (name, run: (job: Job<{ id: string }>) => Promise<void>, options) =>
      new PgWorker(name, run, { connection, ...options }) as unknown as Worker<{ id: string }>,
    ping: async () => void (await pool.query('SELECT 1')),
    close: () => pool.end(),
  };
}
