import type { OpenQueue } from '../../adapters/queue/queue.ts';
import type { Lightning } from '../../ports/lightning.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { databaseSource } from './database.ts';
import { countRequests } from './http.ts';
import { countJobs, countLead, queueSource } from './jobs.ts';
import { liquiditySource, nodeSource } from './node.ts';
import { countOrders, countPayments, countWebhooks } from './sales.ts';
import { countAccess, type SeederState, seederSource } from './seeder.ts';
import type { Source } from './source.ts';

/** What a server counts. */
export function measureServer(): Source[] {
  countRequests();
  countOrders();
  return [];
}

/** What the workers count, and what they read for all: of the database, the node and the queues. */
export function measureWorkers(
  prisma: PrismaClient,
  lightning: Lightning,
  queue: Pick<OpenQueue, 'queues'>,
): Source[] {
  countOrders();
  countPayments();
  countWebhooks();
  countJobs();
  countLead();
  return [
    databaseSource(prisma),
    nodeSource(lightning),
    liquiditySource(lightning),
    queueSource(queue),
  ];
}

/** What a seeder counts: at its gate, and at its HTTP gateway, where access is sold too. */
export function measureSeeder(read: () => SeederState | null): Source[] {
  countRequests();
  countOrders();
  countAccess();
  return [seederSource(read)];
}
