import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../adapters/postgres/embedded/start.ts';
import { applyMigrations } from '../../adapters/postgres/migrations.ts';

export const TEMPLATE = 'dazaar_template';

let dir: string | undefined;
let postgres: EmbeddedPostgres | undefined;

/** One PostgreSQL for a whole run, with a migrated template that each test's database is copied from. */
export async function globalSetup(): Promise<void> {
  dir = await mkdtemp(join(tmpdir(), 'dazaar-test-'));
  postgres = await startEmbeddedPostgres(dir);
  try {
    await makeTemplate(postgres.url);
  } catch (error) {
    await globalTeardown();
    throw error;
  }
  process.env.TEST_POSTGRES_URL = postgres.url;
  const strict = `--import=${import.meta.resolve('./strict-warnings.ts')}`;
  process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS, strict].filter(Boolean).join(' ');
  // Every test file is a process, and so is much of what it starts: none has to strip and compile what another did.
  process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'dazaar-test-compile-cache');
}

export async function globalTeardown(): Promise<void> {
  await postgres?.stop();
  if (dir) await rm(dir, { recursive: true, force: true });
}

export function databaseUrl(clusterUrl: string, name: string): string {
  const url = new URL(clusterUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function makeTemplate(clusterUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: clusterUrl });
  await client.connect();
  // A crash of the machine is not tested; one of the server loses nothing of what the kernel has.
  await client.query('ALTER SYSTEM SET fsync = off');
  await client.query('SELECT pg_reload_conf()');
  await client.query(`CREATE DATABASE ${TEMPLATE}`);
  await client.end();
  await applyMigrations(databaseUrl(clusterUrl, TEMPLATE));
}
