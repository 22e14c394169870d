// node prisma/migrate.ts apply        brings DATABASE_URL up to date
// node prisma/migrate.ts new NAME     writes the migration that schema.prisma still needs
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyMigrations, diffSchemas } from '../adapters/postgres/migrations.ts';

const SCHEMA = fileURLToPath(new URL('./schema.prisma', import.meta.url));
const MIGRATIONS_DIR = fileURLToPath(new URL('./migrations', import.meta.url));
/** The schema that the migrations lead to: what the next one starts from. */
const MIGRATED_SCHEMA = join(MIGRATIONS_DIR, 'migrated.prisma');

const [command, name] = process.argv.slice(2);

if (command === 'apply') await apply();
else if (command === 'new' && name && /^[a-z0-9_]+$/.test(name)) await writeNew(name);
else
  fail('usage: node prisma/migrate.ts apply | new NAME (NAME in lowercase letters, digits and _)');

async function apply(): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (!url) return fail('DATABASE_URL is not set: it names the database to migrate');
  const applied = await applyMigrations(url);
  console.log(applied.length > 0 ? `applied ${applied.join(', ')}` : 'the database is up to date');
}

async function writeNew(name: string): Promise<void> {
  const from = await readFile(MIGRATED_SCHEMA, 'utf8').catch(() => '');
  const to = await readFile(SCHEMA, 'utf8');
  const sql = await diff(from, to);
  if (!sql) return console.log('nothing to do: the migrations already lead to schema.prisma');
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(MIGRATIONS_DIR, `${stamp}_${name}`);
  await mkdir(folder);
  await writeFile(join(folder, 'migration.sql'), sql);
  await writeFile(MIGRATED_SCHEMA, to);
  console.log(`wrote ${folder}/migration.sql: read it before you commit it`);
}

async function diff(from: string, to: string): Promise<string> {
  // Only here: where migrations are but applied, no database comes along.
  const { startEmbeddedPostgres } = await import('../adapters/postgres/embedded/start.ts');
  const dir = await mkdtemp(join(tmpdir(), 'dazaar-migrate-'));
  const postgres = await startEmbeddedPostgres(dir);
  try {
    return await diffSchemas(postgres.url, from, to);
  } finally {
    await postgres.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
