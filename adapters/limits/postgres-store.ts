import pg from 'pg';
import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { LimitStore } from './limiter.ts';

const CONNECTIONS = 4;
const TIMEOUT_MS = 2_000;

/** Counts in the table `rate_limits`, over connections of its own: no request waits for them in the pool of the rest. */
export function openPostgresStore(databaseUrl: string): LimitStore {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: CONNECTIONS,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  // A connection that breaks while idle is replaced by the next query; that one tells of it if it cannot be.
  pool.on('error', () => {});
  return {
    counter: (options) =>
      new RateLimiterPostgres({
        ...options,
        storeClient: pool,
        storeType: 'pool',
        tableName: 'rate_limits',
        tableCreated: true,
        clearExpiredByTimeout: false,
      }),
    ping: async () => void (await pool.query('SELECT 1')),
    close: () => pool.end(),
  };
}
