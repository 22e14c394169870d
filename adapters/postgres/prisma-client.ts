import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../../prisma/client/client.ts';
import { inTurn } from './in-turn.ts';

const POOL_CONNECTIONS = 10;
// As long as a transaction waits to begin: a burst of them is worked off, a database that is away is told.
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;
// Prisma's own bounds, 2 s to begin and 5 s to end, are those of an idle machine: a burst of settlements passes them.
const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 15_000 };

/** A Prisma client on a bounded pool: a database that is away or stuck is an error within seconds, not a hang. */
export function openPrisma(databaseUrl: string): PrismaClient {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: POOL_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
  });
  // Between leaving the pool and its first query, and after its last, a connection has nobody who hears that it broke;
  // unheard, that would end the process. Whoever uses it next is told by the query that fails.
  pool.on('connect', (client) => inTurn(client).on('error', () => {}));
  const adapter = new PrismaPg(pool, { disposeExternalPool: true });
  return new PrismaClient({ adapter, transactionOptions: TRANSACTION_LIMITS });
}
