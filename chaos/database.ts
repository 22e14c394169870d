import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import pino from 'pino';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../adapters/postgres/embedded/start.ts';
import { openLead } from '../adapters/postgres/lead.ts';
import { openListen } from '../adapters/postgres/listen.ts';
import { applyMigrations } from '../adapters/postgres/migrations.ts';
import { openPrisma } from '../adapters/postgres/prisma-client.ts';
import { databaseUrl } from '../test/support/cluster.ts';
import type { TestDatabase } from '../test/support/database.ts';
import { freePort } from '../test/support/free-port.ts';

const NAME = 'market';
const STARTING = '57P03';
const START_WITHIN_MS = 60_000;

/** A PostgreSQL of its own that may be killed. It waits for the disk as it does in production. */
export interface MortalDatabase extends TestDatabase {
  /** Kills the server itself, as the kernel does when memory is short, and starts it again on what it left. */
  killServer(downMs: number): Promise<void>;
  /** Kills one of its workers: PostgreSQL then throws all connections out and recovers by itself. */
  killBackend(): Promise<boolean>;
  /** Cuts every connection. */
  cutConnections(): Promise<void>;
}

export async function startMortalDatabase(dir: string): Promise<MortalDatabase> {
  const port = await freePort();
  let server = await startEmbeddedPostgres(dir, port);
  const clusterUrl = server.url;
  await runOnce(clusterUrl, `CREATE DATABASE ${NAME}`);
  const url = databaseUrl(clusterUrl, NAME);
  await applyMigrations(url);
  const prisma = openPrisma(url);
  const log = pino({ level: 'silent' });
  const listen = openListen(url, log);
  const lead = openLead(url, log);
  const outside = (sql: string) => runOnce(clusterUrl, sql);
  return {
    name: NAME,
    url,
    prisma,
    listen,
    lead,
    outside,
    async killServer(downMs) {
      process.kill(postmasterOf(dir), 'SIGKILL');
      await server.ended;
      await sleep(downMs);
      server = await startAgain(dir, port);
    },
    async killBackend() {
      const pid = backendOf(postmasterOf(dir));
      if (pid) process.kill(pid, 'SIGKILL');
      return pid !== null;
    },
    async cutConnections() {
      const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${NAME}'`;
      await outside(cut).catch((error) => {
        // While it recovers from what was done to it before, there is no connection to cut.
        if (error.code !== STARTING) throw error;
      });
    },
    async [Symbol.asyncDispose]() {
      await listen.close();
      await prisma.$disconnect();
      await server.stop();
    },
  };
}

async function startAgain(dir: string, port: number): Promise<EmbeddedPostgres> {
  for (const deadline = Date.now() + START_WITHIN_MS; ; await sleep(200)) {
    try {
      return await startEmbeddedPostgres(dir, port);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

function postmasterOf(dir: string): number {
  return Number(readFileSync(join(dir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
}

/** A process of the server that works for one of the market's connections. */
function backendOf(postmaster: number): number | null {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const backends = pids.filter((pid) => {
    try {
      const isChild = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[3] === `${postmaster}`;
      return isChild && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(` ${NAME} `);
    } catch {
      return false;
    }
  });
  return backends.length > 0 ? Number(backends[0]) : null;
}

async function runOnce(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end().catch(() => {});
  }
}
