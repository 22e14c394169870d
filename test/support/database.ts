import { randomBytes } from 'node:crypto';
import pg from 'pg';
import pino from 'pino';
import { type Lead, openLead } from '../../adapters/postgres/lead.ts';
import { type Listen, openListen } from '../../adapters/postgres/listen.ts';
import { openPrisma } from '../../adapters/postgres/prisma-client.ts';
import type { PrismaClient } from '../../prisma/client/client.ts';
import { databaseUrl, TEMPLATE } from './cluster.ts';

export interface TestDatabase {
  name: string;
  url: string;
  prisma: PrismaClient;
  listen: Listen;
  lead: Lead;
  /** Runs SQL on the cluster's maintenance database, from outside. */
  outside(sql: string): Promise<pg.QueryResult>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A fresh, migrated database of its own; dropped at the end, whoever is still connected. */
export async function createDatabase(): Promise<TestDatabase> {
  const clusterUrl = process.env.TEST_POSTGRES_URL;
  if (!clusterUrl) throw new Error('run with --test-global-setup=test/support/cluster.ts');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const outside = (sql: string) => runOnce(clusterUrl, sql);
  await outside(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  const url = databaseUrl(clusterUrl, name);
  const prisma = openPrisma(url);
  const log = pino({ level: 'silent' });
  const listen = openListen(url, log);
  return {
    name,
    url,
    prisma,
    listen,
    lead: openLead(url, log),
    outside,
    async [Symbol.asyncDispose]() {
      await listen.close();
      await prisma.$disconnect();
      await outside(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function runOnce(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
