import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../../prisma/client/client.ts';

const POOL_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
// Prisma's own bounds, 2 s to begin and 5 s to end, are those of an idle machine: a burst of settlements passes them.
const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 15_000 };

/** A Prisma client on a bounded pool: a database that is away or stuck is an error within seconds, not a hang. */
export function openPrisma(databaseUrl: string): PrismaClient {
  const adapter = new PrismaPg({
    connectionString: databaseUrl,
    max: POOL_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
  });
  return new PrismaClient({ adapter, transactionOptions: TRANSACTION_LIMITS });
}
