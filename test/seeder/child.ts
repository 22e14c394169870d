import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { NodeAddress } from 'hyperdht';
import type { TestDatabase } from '../support/database.ts';
import { until } from './loopback.ts';

const MAIN = fileURLToPath(new URL('../../seeder/main.ts', import.meta.url));

/** Where a seeder is deployed: its database, its data directory and its DHT. */
export interface ChildPlace {
  database: Pick<TestDatabase, 'url' | 'prisma'>;
  dataDir: string;
  bootstrap: NodeAddress[];
}

/** The seeder as it is deployed, in a process of its own. */
export async function startChild(place: ChildPlace): Promise<{ child: ChildProcess; key: Buffer }> {
  const child = forkSeeder(place);
  await once(child, 'message');
  const { prisma } = place.database;
  await until(async () => (await prisma.seeder.count()) > 0, 'the seeder is listed');
  const { noiseKey } = await prisma.seeder.findFirstOrThrow();
  return { child, key: Buffer.from(noiseKey) };
}

export async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function forkSeeder({ database, dataDir, bootstrap }: ChildPlace): ChildProcess {
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    LIGHTNING_NETWORK: 'regtest',
    DAZAAR_DATA: dataDir,
    DHT_BOOTSTRAP: bootstrap.map(({ host, port }) => `${host}:${port}`).join(','),
    GATEWAY_PORT: '0',
    LOG_LEVEL: 'warn',
  };
  return fork(MAIN, { execArgv: [], env });
}
